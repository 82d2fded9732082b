"""The hard facts of an answer: what must stand in its source word for word, and where it stands in the answer.

Knows the shapes of numbers, versions, flags, names, paths, addresses, variables and quotations. It must not know any
source: whether a fact is there is for `grounding` to say. Every expression is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["number", "version", "url", "path", "flag", "variable", "name", "quotation", "code", "proper"]

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‹›", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("−‐‑", "-"),
        "–": " - ",
        "—": " - ",
    }
)
_ESCAPE = re.compile(r"\\([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# An opening line and a closing line; what is left open runs to the end, as CommonMark reads it.
_FENCED = re.compile(
    r"^[ \t]*(?P<mark>```+|~~~+)[ \t]*(?P<tag>\w*)[^\n]*\n(?P<body>.*?)(?:^[ \t]*(?P=mark)[`~]*[ \t]*$|\Z)", re.M | re.S
)
_INLINE = re.compile(r"(?P<ticks>`{1,3})(?!`)(?P<body>[^`\n]{1,400})(?P=ticks)(?!`)")
_MARKER = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:\d{1,3}[.)][ \t]|(?:\#{1,6}[ \t]*)?(?:step[ \t]+)?\d{1,3}[.:)][ \t])", re.M | re.I
)
_STEP = re.compile(
    r"\b(?:steps?|stage|phase|part|option|example|case|method|approach|item|point|tip|way)[ ]#?\d{1,2}\b", re.I
)
_SUM = re.compile(r"(?<![\d.,])\d[\d.,]*(?: ?[-+*/×^] ?\d[\d.,]*){1,6} ?= ?\d[\d.,]*")
_URL = re.compile(
    r"\b(?:https?|ftp|wss?|file|ssh|git|redis|postgres(?:ql)?|mysql|s3)://[^\s<>\"'`|\]})]+|\bwww\.[^\s<>\"'`|\]})]+"
)
_LINK = re.compile(r"\]\((?P<target>[^()\s]{1,400})\)")
_PATH = re.compile(
    r"(?<![\w/.:<-])(?:~|\.{1,2})?/(?:[\w.@%+{}:<>*-]+/?)+"
    r"|(?<![\w/])[A-Za-z]:\\[\w.\\ -]{1,200}\w"
    r"|(?<![\w/.@-])(?:[\w@.-]+/){1,12}[\w.-]*\.[A-Za-z]\w{0,7}\b"
)
_FLAG = re.compile(r"(?<![\w-])-{1,2}[A-Za-z][\w-]*")
_VARIABLE = re.compile(r"(?<![\w.])\$?[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|(?<!\w)\$\{?[A-Z][A-Z0-9_]{2,}\b")
_NAME = re.compile(
    r"""(?<![\w@-])(?:
      [A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\(\))?   # a dotted name
    | [A-Za-z_]\w*\(                            # a call
    | _*[A-Za-z0-9]+_\w+ | __\w+                 # snake_case, dunder
    | [a-z]+[A-Z]\w*                             # camelCase
    | [A-Z]\w*(?:Error|Exception|Warning)\b
    | [A-Za-z]+\d[\w]*(?:[.:-]\w+)*              # utf8, sha256, llama3.2:1b
    )""",
    re.VERBOSE,
)
_PROPER = re.compile(r"(?<![\w.'-])[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,}){0,5}(?![\w(])(?!\.\w)")
_COMMON_LIST = "yes true false none never always both neither note internet the this see"
_COMMON = frozenset(_COMMON_LIST.split())
_VERSION = re.compile(r"(?<![\w.])[vV]?\d+(?:\.\d+){1,5}(?:[-+.]?(?:a|b|rc|alpha|beta|dev|post)\d*)?(?![\w])(?!\.\d)")
_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}(?:-\d{2})?(?![\w-])")
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>-(?=\d))?(?P<value>\d{1,3}(?:[,_ ]\d{3})+(?![\d])|\d+(?:\.\d+)?)"
    r"(?P<unit>[ -]?(?:%|°[CF]?|[A-Za-zµ]+))?"
)
_QUOTED = re.compile(r"\"(?P<a>[^\"\n]{1,300})\"|(?<![\w'])'(?P<b>[^'\n\s](?:[^'\n]{0,200}[^'\n\s])?)'(?![\w'])")
_NOT_NAME_LIST = "e.g i.e a.k.a u.s u.k et.al vs.the a.m p.m ph.d and/or"
_NOT_NAMES = frozenset(_NOT_NAME_LIST.split())
_BRAND_LIST = "macos ios ipados iphone ipad ebay jquery github gitlab youtube npmjs openai javascript typescript"
_BRANDS = frozenset(_BRAND_LIST.split())
_DIGIT_LIST = "zero one two three four five six seven eight nine ten eleven twelve"
WORDED = {word: value for value, word in enumerate(_DIGIT_LIST.split())} | {
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
}
_WORDED = re.compile(rf"(?<![\w-])(?:{'|'.join(word for word in WORDED if word != 'one')})(?![\w])", re.IGNORECASE)
_UNIT_LISTS = (
    "s sec secs second seconds", "ms msec millisecond milliseconds", "us µs microsecond microseconds",
    "ns nanosecond nanoseconds", "min mins minute minutes", "h hr hrs hour hours", "d day days", "week weeks",
    "month months", "year years", "b byte bytes", "kb kilobyte kilobytes", "mb megabyte megabytes",
    "gb gigabyte gigabytes", "tb terabyte terabytes", "kib kibibyte kibibytes", "mib mebibyte mebibytes",
    "gib gibibyte gibibytes", "bit bits", "% percent", "px pixel pixels", "hz hertz", "mm", "cm", "km", "kg",
    "°c celsius", "°f fahrenheit", "token tokens", "character characters chars",
)  # fmt: skip
UNITS = {word: words.split()[0] for words in _UNIT_LISTS for word in words.split()}


@dataclass(frozen=True, slots=True)
class Fact:
    """One hard token: ``text`` as it stands in the answer from character ``start``; ``value`` is what is compared.

    ``unit`` is the canonical unit of a number, "" where none follows it.
    """

    kind: Kind
    text: str
    value: str
    start: int
    unit: str = ""


def plain(text: str) -> str:
    """Return ``text`` with entities, curly quotes, odd spaces, dashes and backslash escapes made plain, in NFKC."""
    text = html.unescape(text) if "&" in text else text
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text.translate(_PLAIN)))
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def facts_of(answer: str) -> list[Fact]:
    """Return the hard facts of ``answer``, in the order of its (plain) text."""
    text = plain(answer)
    rest = _blank(text, [match.span() for match in _MARKER.finditer(text)])
    spans: list[tuple[int, int, str | None]] = []
    for pattern in (_FENCED, _INLINE):
        matches = list(pattern.finditer(rest))
        spans += [(*match.span("body"), match.groupdict().get("tag")) for match in matches]
        rest = _blank(rest, [match.span() for match in matches])
    return sorted([*_in_code(text, spans), *_in_prose(rest)], key=lambda fact: fact.start)


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Return ``text`` with those spans as spaces, newlines kept, so that offsets hold."""
    if not spans:
        return text
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def _in_prose(text: str) -> Iterator[Fact]:
    for pattern in (_SUM, _STEP):
        text = _blank(text, [match.span() for match in pattern.finditer(text)])
    yield from _picked(text, (_addresses, _quotations, _paths, _tokens, _numbers, _propers))


def _picked(text: str, picks: Sequence[Callable[[str], Iterator[Fact]]]) -> Iterator[Fact]:
    """Yield what each of ``picks`` finds in what those before it left."""
    for pick in picks:
        found = list(pick(text))
        yield from found
        text = _blank(text, [(fact.start, fact.start + len(fact.text)) for fact in found])


def _addresses(text: str) -> Iterator[Fact]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(".,;:!?*_'\"")
        yield Fact("url", url, url.casefold(), match.start())
    for match in _LINK.finditer(text):
        target = match["target"]
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield Fact("path", target, target.casefold(), match.start("target"))


def _quotations(text: str) -> Iterator[Fact]:
    for match in _QUOTED.finditer(text):
        group = "a" if match["a"] is not None else "b"
        body = match[group]
        # Two spaces or one at the rim: code stood there, or these are the ends of two quotations.
        if body == body.strip() and "  " not in body and any(char.isalnum() for char in body):
            yield Fact("quotation", body, body, match.start(group))


def _paths(text: str) -> Iterator[Fact]:
    for match in _PATH.finditer(text):
        path = match.group().rstrip(".,;:!?>*_")
        if any(char.isalpha() for char in path) and path.casefold() not in _NOT_NAMES:
            yield Fact("path", path, path.casefold(), match.start())


def _tokens(text: str) -> Iterator[Fact]:
    taken: list[tuple[int, int]] = []
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (("variable", _VARIABLE), ("name", _NAME), ("flag", _FLAG))
    for kind, pattern in kinds:
        for match in pattern.finditer(_blank(text, sorted(taken))):
            token = match.group().rstrip("(.:-")
            value = token.strip("${}").casefold().removesuffix("()").removesuffix("(")
            if value in _NOT_NAMES or value in _BRANDS or (kind == "name" and not _is_name(token, match.group())):
                continue
            taken.append(match.span())
            yield Fact(kind, token, value, match.start())


def _is_name(token: str, matched: str) -> bool:
    """Return whether ``token`` names something in code; "apple(s)" and "Foo.Bar" at a missing space do not."""
    if matched.endswith("(") and "_" not in token and "." not in token and token.islower():
        return False  # A word before a bracket: "file(s)", "port(default 80)". Calls in prose have "()", seen below.
    if "." in token:
        first, second = token.split(".")[:2]
        return not (second[:1].isupper() and second[1:].islower() and first[1:].islower() and first.isalpha())
    return True


def _numbers(text: str) -> Iterator[Fact]:
    taken: list[tuple[int, int]] = []
    for match in _DATE.finditer(text):
        taken.append(match.span())
        yield Fact("version", match.group(), match.group(), match.start())
    for match in _VERSION.finditer(_blank(text, taken)):
        token = match.group()
        if token[0] in "vV" or token.count(".") > 1 or not token[-1].isdigit():
            taken.append(match.span())
            yield Fact("version", token, token.lstrip("vV").casefold(), match.start())
    for match in _NUMBER.finditer(_blank(text, sorted(taken))):
        yield _number(match)
    for match in _WORDED.finditer(text):
        unit = re.match(r"[ -](?P<word>[A-Za-z]+)", text[match.end() : match.end() + 20])
        named = UNITS.get(unit["word"].casefold(), "") if unit else ""
        yield Fact("number", match.group(), str(WORDED[match.group().casefold()]), match.start(), named)


def _propers(text: str) -> Iterator[Fact]:
    """Yield names of people, places and products: words written large where no sentence begins."""
    alone = _PROPER.fullmatch(text.strip(" .\n"))
    if alone and alone.group().casefold() not in _COMMON:
        yield Fact("proper", alone.group(), alone.group().casefold(), text.index(alone.group()))
        return
    for match in _PROPER.finditer(text):
        name, start = match.group(), match.start()
        before = text[max(0, start - 80) : start].rstrip(" *_([\"'")
        if not before or before[-1] in ".!?:;\n-#>|+" or text[start - 1 : start] in ("\n", "-", "/", "#", "@"):
            first, _, name = name.partition(" ")
            start += len(first) + 1
        if name and name.casefold() not in _COMMON:
            yield Fact("proper", name, name.casefold(), start)


def _number(match: re.Match[str]) -> Fact:
    value = re.sub(r"[,_ ]", "", match["value"])
    tail = match["unit"] or ""
    word = tail.strip(" -").casefold()
    glued = bool(tail) and tail[0] not in " -"
    unit = UNITS.get(word, word if glued and word not in ("st", "nd", "rd", "th", "x", "k") else "")
    text = match.group() if unit else match.group()[: len(match.group()) - len(tail)]
    return Fact("number", text, ("-" if match["sign"] else "") + canonical(value), match.start(), unit)


def canonical(value: str) -> str:
    """Return a number without leading zeros or an empty fraction: "05" and "5.0" are "5"; "3.10" stays."""
    whole, _, fraction = value.partition(".")
    whole = whole.lstrip("0") or "0"
    fraction = fraction.rstrip("0") if whole == "0" or not fraction.strip("0") else fraction
    return f"{whole}.{fraction}" if fraction else whole


_CODE_WORD = re.compile(r"[A-Za-z_]\w*|\d[\w.]*")
# One name that holds a digit: sha256, llama3.2, gpt-4o, np.float64.
_COMPOUND = re.compile(r"(?<![\w.-])(?=[A-Za-z_][A-Za-z_.-]{0,60}\d)[A-Za-z_]\w*(?:[.-]\w+)*")
_COMMENT = re.compile(r"(?:(?<=\s)|^)(?:\#|//)[ !].*$", re.MULTILINE)
_SENTENCE = re.compile(r"\"[^\"\n ]{0,200} [^\"\n]{0,300}\"|'[^'\n ]{0,200} [^'\n]{0,300}'")
_PLACEHOLDER = re.compile(
    r"(?:/?path/to|~/your|\./my)[\w./-]*|(?:your|my)[-_]?\w*|(?:some|example|foo|bar|baz)(?:[-_]\w*)?", re.IGNORECASE
)
_BOUND = re.compile(
    r"(?:^|[\s(])(?:def|class|function|const|let|var|import|as|for|fn|func|with|lambda) +(?P<a>[A-Za-z_]\w*)"
    r"|^[ \t]*(?P<b>[A-Za-z_]\w*)(?: *: *[\w\[\]., |]{1,60})? *:?= ?(?!=)",
    re.MULTILINE,
)
# Where a name before "=" is a key or a variable that the reader must spell right, not one that the block makes up.
_SETTINGS = frozenset(
    ("toml", "ini", "cfg", "conf", "env", "dotenv", "properties", "yaml", "yml", "json", "dockerfile")
)
_SHELLS = frozenset(("bash", "sh", "shell", "zsh", "console", "powershell", "ps1", "cmd", "bat", "terminal"))
_LANGUAGE_LIST = """
    and as assert async await break class continue def del elif else except finally for from global if import
    in is lambda nonlocal not or pass raise return try while with yield true false none null self cls print
    len range str int float bool list dict set tuple open type super enumerate zip sorted isinstance object
    const let var function new this console log echo sudo cd export then fi do done case esac end nil
    undefined typeof void main
"""
_LANGUAGE = frozenset(_LANGUAGE_LIST.split())


def _in_code(text: str, spans: list[tuple[int, int, str | None]]) -> Iterator[Fact]:
    """Yield the tokens of code: addresses, paths and flags whole, then words and numbers one by one.

    A span is where code starts and ends, and the tag of its fence, None in backticks. What a block says itself is no
    fact: the words of comments and of sentences in strings, placeholders, names that it binds, and its language.
    """
    for start, end, tag in spans:
        code, skipped = text[start:end], frozenset[str]()
        if tag is not None:
            binds = tag.casefold() not in _SETTINGS | _SHELLS
            bound = [match["a"] or match["b"] for match in _BOUND.finditer(code)] if binds else []
            skipped = _LANGUAGE.union(name.casefold() for name in bound)
            for pattern in (_COMMENT, _SENTENCE):
                said = [match.span() for match in pattern.finditer(code)]
                for begin, stop in said:
                    shape = (_addresses, _paths, _tokens, _numbers)
                    yield from (
                        replace(fact, start=start + begin + fact.start) for fact in _picked(code[begin:stop], shape)
                    )
                code = _blank(code, said)
        for fact in _picked(code, (_addresses, _paths, _flags, _compounds, _code_words)):
            if fact.value not in skipped and not (tag is not None and _PLACEHOLDER.fullmatch(fact.text)):
                yield replace(fact, start=start + fact.start)


def _flags(text: str) -> Iterator[Fact]:
    for match in _FLAG.finditer(text):
        flag = match.group().rstrip("-")
        yield Fact("flag", flag, flag.casefold(), match.start())


def _compounds(text: str) -> Iterator[Fact]:
    for match in _COMPOUND.finditer(text):
        yield Fact("name", match.group(), match.group().casefold(), match.start())


def _code_words(text: str) -> Iterator[Fact]:
    for match in _CODE_WORD.finditer(text):
        token = match.group().rstrip(".")
        known = _NUMBER.fullmatch(token)
        if known is not None and (fact := _number(known)).text == token:
            yield replace(fact, start=match.start())
        elif token[0].isdigit():
            yield Fact("version", token, token.casefold(), match.start())
        else:
            yield Fact("code", token, token.casefold(), match.start())
