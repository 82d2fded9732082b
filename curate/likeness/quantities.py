"""The quantities that a text states, in one form each: "1,000 ms", "1s" and "one second" are the same.

Knows numbers, their units and number words. It must not know what a differing number means. Version-like numbers
(two points or more, or a leading v) stay as they are written: 3.10 is not 3.1.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

NUMBER = re.compile(
    r"""(?<![\w.])(?<![A-Za-z]-)(?P<sign>[-+](?=\d|\.\d))?(?P<version>[vV](?=\d))?
    (?P<value>0[xX][0-9a-fA-F]+|\d+(?:[.,:_]\d+)*|\.\d+)
    (?:[\s-]?(?P<unit>%|(?:°C|°F|[A-Za-zµμ]+)(?![\w(]))|(?P<glued>[A-Za-z]\w*))?""",
    re.VERBOSE,
)
WORD_LIST = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
TENS_LIST = "twenty thirty forty fifty sixty seventy eighty ninety"
# Said of a quantity, these are numbers; "one" and "second" mostly are not, so they count before a unit only.
VALUE_OF = {word: at for at, word in enumerate(WORD_LIST.split())} | {
    word: 20 + 10 * at for at, word in enumerate(TENS_LIST.split())
}
VALUE_OF |= {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000, "once": 1, "twice": 2, "thrice": 3}
LOOSE = frozenset(VALUE_OF) - {"one"}
_CLAUSE_BEGINS = frozenset(("it", "the", "you", "this", "that", "all", "they", "we", "an", "your", "its", "`"))
_TIME = {"ns": "1e-9", "us": "1e-6", "µs": "1e-6", "μs": "1e-6", "ms": "1e-3", "s": "1", "min": "60", "m": "60",
         "h": "3600", "d": "86400", "w": "604800"}  # fmt: skip
_TIME_WORDS = {
    "nanosecond": "ns", "nsec": "ns", "microsecond": "us", "usec": "us", "millisecond": "ms", "millis": "ms",
    "msec": "ms", "second": "s", "sec": "s", "minute": "min", "mins": "min", "hour": "h", "hr": "h", "day": "d",
    "week": "w",
}  # fmt: skip
_SIZE_WORDS = {"byte": "b", "kilobyte": "kb", "megabyte": "mb", "gigabyte": "gb", "terabyte": "tb", "kibibyte": "kib",
               "mebibyte": "mib", "gibibyte": "gib"}  # fmt: skip
_SIZE = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30,
         "tib": 2**40}  # fmt: skip
_BITS = {"bit": 1, "kbit": 10**3, "mbit": 10**6, "kbps": 10**3, "mbps": 10**6, "gbps": 10**9}
# Units that are counted, not converted; any other word after a number is no unit but what is counted.
_OTHER_LIST = "% percent px pt em rem hz khz mhz ghz k g fps dpi mm cm km kg mg °c °f celsius fahrenheit"
_OTHER = frozenset(_OTHER_LIST.split())


@lru_cache(maxsize=65536)
def quantities(text: str) -> tuple[str, ...]:
    """Return every quantity of ``text`` in order, as value and unit: "5 min" gives "300 s", "v1.2" gives "1.2"."""
    found: list[tuple[int, str]] = []
    for match in NUMBER.finditer(text):
        found.append((match.start(), _canonical(match)))
    for match in re.finditer(r"(?i)\b([a-z]+)\b(?=(?:[\s-]+([a-z]+|`))?)", text):
        word, after = match.group(1).casefold(), (match.group(2) or "").casefold()
        if word == "once" and after in _CLAUSE_BEGINS:
            continue  # "once it is called" counts nothing
        if word in LOOSE or (word == "one" and _unit(after)[0] != ""):
            found.append((match.start(), _with_unit(Decimal(VALUE_OF[word]), after)))
    return tuple(one for _, one in sorted(found))


def _canonical(match: re.Match[str]) -> str:
    value, sign = match["value"], match["sign"] or ""
    unit = match["unit"] or match["glued"] or ""
    if value[:2] in ("0x", "0X"):
        return f"{sign}{value.lower()}"
    if match["version"] or value.count(".") > 1 or ":" in value:
        return value + (match["glued"] or "")
    if match["glued"] and _unit(unit.casefold())[0] == "":
        return f"{value}{unit.casefold()}"  # "3rd", "2d", "64bit": a word of its own
    plain = re.sub(r"[,_](?=\d{3}(?!\d))", "", value)
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return f"{sign}{value}"
    if not _unit(unit.casefold())[0] and "." in plain:
        # 3.10 and 3.1 may be versions; only a bare ".0" is surely nothing.
        return f"{sign}{plain.removesuffix('.0')}"
    return _with_unit(-number if sign == "-" else number, unit)


def _with_unit(number: Decimal, unit: str) -> str:
    name, factor = _unit(unit.casefold() if len(unit) > 1 else unit)
    value = (number * factor).normalize()
    return f"{value:f} {name}".strip()


def _unit(word: str) -> tuple[str, Decimal]:
    """Return the unit that ``word`` converts to and the factor; ("", 1) if it is none."""
    single = word if word in _TIME else word.removesuffix("s") if len(word) > 3 else word
    time = _TIME_WORDS.get(single, single)
    if time in _TIME:
        return "s", Decimal(_TIME[time])
    size = _SIZE_WORDS.get(single, single).casefold()
    if size in _SIZE and word != "B":
        return "b", Decimal(_SIZE[size])
    if single in _BITS:
        return "bit", Decimal(_BITS[single])
    if single in _OTHER:
        return {"percent": "%", "°c": "celsius", "°f": "fahrenheit"}.get(single, single), Decimal(1)
    return "", Decimal(1)
