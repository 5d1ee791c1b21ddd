"""The words for false and true in many languages and programs."""

from __future__ import annotations

_TRUTHS = """
false f|true t
no n|yes y
false no|true yes
off|on
.false. .f.|.true. .t.
#false#|#true#
false()|true()
b'0'|b'1'
✗ ✘ ✕ ❌ ☐|✓ ✔ ✅ ☑
falsch|wahr
nein n|ja j
faux|vrai
non n|oui o
falso|verdadero
no n|sí si s
falso|vero
no n|sì si s
falso|verdadeiro
não nao n|sim s
fals|cert
fals|adevărat
nu|da
onwaar|waar
nee n|ja j
falskt|sant
nej|ja
falsk|sand
usann|sann
nei|ja
epätosi|tosi
ei|kyllä
väär|tõene
ei|jah
fałsz|prawda
nie n|tak t
nepravda|pravda
ne|ano
nie|áno
hamis|igaz
nem|igen
ne|taip
nē|jā
laž|istina
ne|da
ψευδές ψευδης ψευδής|αληθές αληθης αληθής
όχι οχι|ναι
ложь|истина
нет|да
ні|так
не|да
yanlış yanliş|doğru
hayır hayir|evet
salah|benar
tidak|ya
sai|đúng
không|có
いいえ|はい
偽|真
否|是
假|真
错|对
아니오 아니요|예
거짓|참
لا|نعم
خطأ|صحيح
לא|כן
नहीं|हाँ
"""
BOOLEAN_WORDS = tuple(
    (frozenset(no.split()), frozenset(yes.split()))
    for no, yes in (row.split("|") for row in _TRUTHS.split("\n") if row)
)
"""Words of falsehood and of truth in many languages, in lower case."""

DIGITS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}
VALUE_OF = {
    **{word: 0.0 for no, _ in BOOLEAN_WORDS for word in no},
    **{word: 1.0 for _, yes in BOOLEAN_WORDS for word in yes},
    **DIGITS,
}
"""0.0 or 1.0 of each word, in lower case, and of the digits."""
