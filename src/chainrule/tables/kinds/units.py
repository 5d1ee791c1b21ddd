"""What may stand beside a number: currencies, units of measure, and any word after a blank.

``5 kg`` is a quantity and ``B-5`` a name. A prefix is a currency alone; a suffix is a known unit,
or any word that a blank parts from the number.
"""

from __future__ import annotations

import re

BLANKS = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019\u02bc\u2032"

MINUS = "\u2212"
PARENTHESES = r"\(([^()]*[0-9][^()]*)\)"  # around a negative number in accounts
NO_CENTS = r"([0-9])[.,](?:--?|[–—])(\s|$)"  # in CHF 5.-, which is no negative number


def _listed(words: str) -> list[str]:
    return words.split()


_SYMBOL = "[$¢£¤¥\u058f\u060b\u09f2\u09f3฿\u17db\u20a0-\u20c0\ufdfc\ufe69＄￠￡￥￦]"
_CODES = _listed(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
    "BYN BZD CAD CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DEM DJF DKK DOP DZD EGP ERN ETB EUR "
    "FJD FKP FRF GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK ITL "
    "JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RMB RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT "
    "TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XAU XCD XOF XPF YER ZAR "
    "ZMW ZWL"
)
_LOCAL = _listed("Fr SFr Rs kr zł Kč Ft лв руб р RM Rp TL KSh Ksh Bs Lei lei din Euro Euros euro "
                 "euros 元 円 원")  # fmt: skip
_CURRENCY = rf"[A-Z]{{0,3}}{_SYMBOL}[A-Z]{{0,3}}|{'|'.join(_CODES)}|(?:{'|'.join(_LOCAL)})\.?|S/\.?"
_WITH_DECIMAL_POINT = frozenset(_listed(
    "$ US$ USD £ GBP ₹ INR Rs Rs. A$ AU$ AUD C$ CA$ CAD NZ$ NZD S$ SGD HK$ HKD ¥ CN¥ JP¥ JPY CNY "
    "RMB ₪ ILS ฿ THB RM MYR ₦ NGN ₱ PHP KES MX$ MXN NT$ TWD ₩ KRW"
))  # fmt: skip

_MEASURED = _listed("m m2 m3 m² m³ g s l L V A W Wh Hz J N Pa bar mol Ω cal B b bit eV F H VA var")
_MULTIPLES = _listed("n µ μ u m c d h k K M G T P")
_UNITS = frozenset(
    [multiple + unit for multiple in _MULTIPLES for unit in _MEASURED]
    + _listed("m m2 m3 m² m³ g s l h d k K M t x y Hz Pa Wh bar mol Ω % ‰ ° °C °F ' \" ′ ″")
    + _listed("ft ft2 ft3 ft² ft³ in yd mi nmi sqft sqm ha ac cc lb lbs oz st")
    + _listed("mph kmh kph kn kt kts rpm fps bps kbps Mbps Gbps dpi px pt em pp bp ppm ppb")
    + _listed("min mins sec secs hr hrs hour hours day days wk week weeks mo month months")
    + _listed("yr yrs year years KiB MiB GiB TiB psi mmHg IU dB dBm deg rad hp PS kcal")
    + _listed("bn Mio Mrd pc pcs Stk Stück")
)
_NO_UNITS = frozenset(
    _listed("am pm a.m p.m st nd rd th er jan feb mar apr may jun jul aug sep sept oct nov dec")
)
_WORDS = (  # a digit only in m2 and the like
    r"(?:[^\W\d_]|[%‰°′″'\"/])"
    r"(?:[^\W\d_]|[ \u00a0%‰°/·*.()²³⁻¹-]|(?<=[mtn])[23](?![0-9])){0,23}"
)
_QUANTITY = (
    rf"(?P<prefix>[^0-9]*)[0-9](?:[0-9.,_{BLANKS}{APOSTROPHES}]*[0-9])?[.,]?"
    r"(?:[eEdD][+-]?[0-9]+)?(?P<suffix>.*)"
)


def unit_of(text: str) -> tuple[str, str] | None:
    """Return the prefix and the suffix of a number, or None where one of them is no unit.

    Examples
    --------
    >>> unit_of("-CHF 1'234.50"), unit_of("60 km/h"), unit_of("B-1")
    (('CHF', ''), ('', 'km/h'), None)
    """
    parts = re.fullmatch(_QUANTITY, re.sub(NO_CENTS, r"\1\2", re.sub(PARENTHESES, r"\1", text)))
    if parts is None:
        return None
    prefix = parts["prefix"].strip("+-" + MINUS + BLANKS)
    if prefix and not is_currency(prefix):
        prefix = prefix.rstrip(".,")  # $.50 begins with the currency, Rs. 50 with an abbreviation
    if prefix and not is_currency(prefix):
        return None
    suffix = parts["suffix"]
    if suffix.startswith("-") and suffix[1:2] in ("", *BLANKS):
        suffix = suffix[1:]  # a minus behind the number
    return (prefix, suffix.strip()) if _may_follow(suffix) else None


def is_currency(word: str) -> bool:
    """Say whether a word is a currency: a symbol, an ISO 4217 code, a local abbreviation."""
    return re.fullmatch(_CURRENCY, word) is not None


def has_decimal_point(currency: str) -> bool:
    """Say whether those who write this currency before a number write decimals after a point."""
    return currency in _WITH_DECIMAL_POINT


def _may_follow(suffix: str) -> bool:
    word = suffix.strip()
    if not word or is_currency(word):
        return True
    if word.casefold().rstrip(".") in _NO_UNITS or not re.fullmatch(_WORDS, word):
        return False
    return suffix != word or all(part in _UNITS for part in re.split("[/·*]", word) if part)
