"""What people and programs write where a value is missing, in many languages: the lists alone.

Three lists, by how sure each is: as it is written here and nowhere else, in upper or lower case
alike, and perhaps a name of something.
"""

from __future__ import annotations

from itertools import product


def _phrases(text: str) -> list[str]:
    """Return the phrases of a text, which commas and line ends part."""
    return [phrase for line in text.splitlines() for part in line.split(",")
            if (phrase := part.strip())]  # fmt: skip


AS_WRITTEN = frozenset(["", "NA", "na", "NaT", "nan", "NAN", "nil", "NIL", "NUL", "\\N"])
"""Missing in this spelling: ``Na`` is sodium, and ``Nan`` a name."""

IN_ANY_CASE = frozenset(
    ["?", "??", "???", "????", "¿?", "n/a", "#n/a", "#na", "<na>", "n/a.", "n.a.", "na()", "null",
     "null.", "-nan", "+nan", "undefined", "missing", "#nv", "#n/v", "#nd", "#n/d", "#n/disp",
     "#deleted", "#error", "#ref", "#value", "#name", "#null", "#num", "#div/0", "#getting_data",
     "na_character_", "na_integer_", "na_real_", "na_complex_", "pd.na", "pd.nat", "np.nan",
     "numpy.nan", "nonetype", "dbnull", "dbnull.value", "system.dbnull", "sysmis", "nan(ind)",
     "-nan(ind)", "nan(snan)", "-nan(snan)", "null_value", "missing_value", "missing value",
     "missing values", "missing data", "system missing", "user missing", "[object null]"]
)  # fmt: skip
"""Missing in lower or upper case alike; here in lower case."""

_NOT = _phrases(
    "available, avail, applicable, applic, reported, recorded, known, given, stated, specified,"
    "provided, supplied, answered, collected, measured, determined, assessed, evaluated, examined,"
    "tested, performed, set, found, entered, disclosed, declared, defined, indicated, mentioned,"
    "noted, obtained, observed, asked, asked or answered, sure, ascertained, classified, coded,"
    "documented, done, identified, listed, published, received, registered, released, required,"
    "selected, submitted, a number, a time, a date"
)
_NO = _phrases(
    "data, value, values, info, information, answer, response, reply, record, records, entry,"
    "reading, result, opinion, input, selection, observation, measurement, label, data available,"
    "information available, value given, answer given"
)
_UN = _phrases(
    "known, specified, determined, disclosed, recorded, reported, stated, available, assigned,"
    "ascertained, answered, labelled, labeled, identified, set, registered"
)
_ENGLISH = _phrases(
    """none, nothing, nil, nul, nat, nan, na, n a, n.a, n/r, n.r, nr, n/k, n.k, nk, n/d, n.d, nd
    n/s, unk, unkn, unknwn, undef, undetermined, blank, blanks, empty, void, tbd, tba, tbc
    to be determined, to be announced, to be confirmed, none given, none recorded, none reported
    none specified, none provided, none available, unknown/not stated, not stated/unknown
    not stated/inadequately described, unknown or not stated, unknown/missing, missing/unknown
    don't know, dont know, do not know, doesn't know, didn't know, dk, dk/na, dk/nr, dk/rf
    refused to answer, refused, refusal, declined, declined to answer, declined to state
    decline to answer, prefer not to say, prefer not to answer, prefer not to disclose
    prefer not to state, rather not say, choose not to answer, chose not to answer
    patient refused, unable to answer, unable to determine, unable to obtain
    nonresponse, non response, item nonresponse, withheld, suppressed, redacted, censored
    confidential, masked, lost to follow up, valid skip, legitimate skip, skipped, not in universe
    niu, inapplicable, inap, n/avail, n/app, nav, nap, n.ap, n.av, value missing, data missing
    is missing, null value, no value available, invalid, invalid date, invalid datetime
    invalid time, invalid number, invalid value, error, err, nan nan, nan:nan, nan undefined
    null null, null undefined, undefined undefined, undefined null, loading..., loading
    nan nan nan, invaliddate, n\\a, n.a.n, xx, xxx, xxxx
    [object object], calc failed, comm fail, bad input, i/o timeout, pt created, no good data"""
)
_EUROPEAN = _phrases(
    """k.a, k. a, ka., keine angabe, keine angaben, ohne angabe, o.a, o. a, k.w, keine daten
    kein wert, kein eintrag, keine antwort, keine information, weiß nicht, weiss nicht, unbekannt
    nicht bekannt, nicht verfügbar, nicht angegeben, nicht vorhanden, nicht erhoben
    nicht erfasst, nicht zutreffend, trifft nicht zu, nicht anwendbar, nicht bestimmt, fehlt
    fehlend, fehlender wert, fehlwert, leer, entfällt, n.v, n. v, n.b, n. b, keine, kein, verweigert
    ungültig, inconnu, inconnue, non renseigné, non renseignée, non disponible, non précisé
    non précisée, non spécifié, non déterminé, non défini, non communiqué, non applicable
    manquant, manquante, donnée manquante, valeur manquante, donnée non disponible, nc, n.c
    sans objet, s.o, vide, vides, néant, aucun, aucune, nsp, ne sait pas, sans réponse
    pas de réponse
    pas de donnée, pas de données, indisponible, indéterminé, refus
    s/d, s.d, sin dato, sin datos, sin información, sin informacion, sin especificar, sin respuesta
    no disponible, no aplica, no aplicable, no consta, no especificado, no especificada
    no informado
    no informa, no sabe, no contesta, no responde, ns/nc, ns/nr, ns, no definido, no determinado
    desconocido, desconocida, se desconoce, se ignora, ignorado, ignorada, ninguno, ninguna, nada
    nulo, nula, faltante, dato faltante, valor faltante, perdido, vacío, vacio, vacía, en blanco
    non disponibile, non noto, non nota, non specificato, non specificata, non applicabile
    non indicato, non indicata, non rilevato, non pervenuto, sconosciuto, sconosciuta, ignoto
    mancante, dato mancante, valore mancante, nessuno, nessuna, nessun dato, vuoto, vuota
    não informado, nao informado, não informada, não disponível, nao disponivel, não aplicável
    não se aplica, nao se aplica, não especificado, não sabe, não declarado, não consta
    desconhecido, desconhecida, sem informação, sem informacao, sem dados, sem resposta, em branco
    vazio, vazia, nenhum, nenhuma, nd., n/i, n.i, omisso, em falta
    onbekend, niet bekend, niet beschikbaar, niet van toepassing, n.v.t, nvt, geen, geen gegevens
    geen data, geen antwoord, leeg, ontbreekt, ontbrekend, weet niet
    okänd, okänt, saknas, uppgift saknas, värde saknas, ej angivet, ej angiven, ej tillämpligt
    ej tillgänglig, ingen, inget, ingen uppgift, ingen data, vet ej
    ukendt, uoplyst, ikke oplyst, ikke angivet, ikke relevant, ikke tilgængelig, mangler, manglende
    ukjent, uoppgitt, ikke oppgitt, ikke angitt, ikke tilgjengelig, ingen data, vet ikke
    tuntematon, ei tietoa, ei tiedossa, ei saatavilla, puuttuu, puuttuva, tyhjä, ei mitään
    brak, brak danych, brak informacji, nieznany, nieznana, nieznane, nie dotyczy, niedostępne
    nie podano, b.d, bd, pusty, puste, nie wiem, brak odpowiedzi
    neznámý, neznámá, neznámé, neznámy, nezjištěno, neuvedeno, nie je známe, není k dispozici
    chybí, chýba, prázdné, bez údajů, žádné, žádný
    ismeretlen, nincs adat, nincs, nem ismert, hiányzik, hiányzó, üres, n.a
    necunoscut, necunoscută, nespecificat, lipsă, lipsa, fără date, nu se aplică
    nepoznato, nepoznat, nema podataka, nedostaje, neznano, ni podatka, manjka, nežinoma, nav zināms
    teadmata, puudub, niciunul
    άγνωστο, άγνωστος, δεν υπάρχει, δ/υ, χωρίς δεδομένα, κενό
    нет данных, неизвестно, неизвестный, неизвестен, не известно, не указано, не указан
    не указана, не определено, не определен, не задано, не применимо, н/д, н.д, н/у, н/п
    отсутствует, отсутствуют, нет информации, нет ответа, пусто, пустой, пропуск
    невідомо, немає даних, не вказано, відсутній, відсутнє, неизвестно, няма данни, няма"""
)
_OTHER = _phrases(
    """bilinmiyor, bilinmeyen, belirtilmemiş, belirtilmedi, yok, veri yok, boş, eksik, geçersiz
    不明, 未知, 不详, 不詳, 无, 無, 空, 空值, 空白, 缺失, 缺失值, 缺省, 暂无, 暂无数据, 无数据
    無資料
    未填写, 未填, 未提供, 未知数, 没有, 不适用, 不適用, なし, 無し, 無回答, データなし, 未設定
    未入力
    未定, 欠損, 欠損値, 欠測, 該当なし, 該当無し, 情報なし, 回答なし, わからない
    알수없음, 알 수 없음, 없음, 결측, 결측치, 결측값, 해당없음, 해당 없음, 미상, 미정, 미입력
    무응답
    자료없음, 정보없음, 정보 없음, 데이터 없음, 모름
    غير معروف, غير متوفر, غير متاح, غير محدد, لا يوجد, لا توجد بيانات, لا ينطبق, مجهول, فارغ
    نامشخص, ناموجود, نامعلوم, לא ידוע, לא זמין, לא רלוונטי, אין, אין נתונים, חסר, ריק
    अज्ञात, उपलब्ध नहीं, लागू नहीं, कोई नहीं, tidak diketahui, tidak ada, tidak tersedia
    tidak ada data, tiada, tiada data, kosong, tidak berlaku, không rõ, không có, không xác định
    không biết, chưa rõ, trống, ไม่ทราบ, ไม่มี, ไม่มีข้อมูล, ไม่ระบุ, hindi alam, haijulikani"""
)
_NO_DATE = [
    *(f"{year}{mark}00{mark}00" for year, mark in product(["0000"], "-/.")),
    *(f"00{mark}00{mark}{year}" for year, mark in product(["0000", "00"], "-/.")),
    "0000-00-00 00:00:00", "0000-00-00t00:00:00", "0000-00-00t00:00:00z", "0000-00-00 00:00",
    "0000-00-00 00:00:00.000000", "0/0/0000", "1900-01-00", "0/1/1900", "00/01/1900", "1/0/1900",
    "9999-99-99",
]  # fmt: skip


def _with_joined(phrases: list[str]) -> list[str]:
    """Return the phrases, and those of two words also in one: ``nodata``, ``NotSet``."""
    joined = [phrase.replace(" ", "") for phrase in phrases if phrase.count(" ") == 1]
    return phrases + joined


PERHAPS = frozenset(
    _with_joined([f"not {word}" for word in _NOT] + [f"no {word}" for word in _NO])
    + [f"un{word}" for word in _UN]
    + _ENGLISH + _EUROPEAN + _OTHER + _NO_DATE
)  # fmt: skip
"""In lower case; missing in a column of numbers, booleans or dates. Elsewhere each may be a name:
``none`` is an answer to "which fence?", and a class that should not be lost."""

SENTINELS = frozenset(
    _phrases(
        """-9, -99, -999, -9999, -99999, -999999, -9999999, -99999999, 99, 999, 9999, 99999, 999999
        9999999, 99999999, 999999999, -9.99, -99.9, -99.99, -999.9, -999.99, -999.25, -9998
        99.9, 999.9, 9999.9, 99.99, 999.99, 9999.99, -88, -888
        -8888, -77, -777, -7777, -66, -666, 1e20, -1e20, 1e30, -1e30, 1e300, -1e300
        9.96921e+36, 9.969209968386869e+36, -32768, 32767, 65535, -2147483648, 2147483647
        4294967295, -9223372036854775808, 9223372036854775807, 18446744073709551615
        -1.7976931348623157e+308, 1.7976931348623157e+308, -3.4028234663852886e+38
        3.4028234663852886e+38, -3.4028235e+38, 3.4028235e+38"""
    )
)
"""Numbers that programs write for a missing value. None is taken as missing: a note names them."""

NO_NAMES = SENTINELS | frozenset(
    _phrases(
        """inf, +inf, -inf, infinity, +infinity, -infinity, ∞, -∞, 1.#inf, -1.#inf, 1.#j
        0001-01-01, 9999-12-31, 0001-01-01 00:00:00, 9999-12-31 00:00:00, 9999-12-31 23:59:59
        31.12.9999, 31/12/9999, 12/31/9999, 1900-01-01, 1970-01-01, 1970-01-01 00:00:00"""
    )
)
"""Numbers and dates, in lower case, that among names stand for a missing value."""

FIRST_DAYS = _phrases(
    """0001-01-01, 1601-01-01, 1753-01-01, 1899-12-30, 1899-12-31, 1900-01-01, 1904-01-01
    1970-01-01"""
)
"""Days from which programs count: of a date far before all others, they stand for none."""
