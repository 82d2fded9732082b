"""The single statements of a text, and what each claims once its values are taken out.

Knows sentences, list items and table rows. It must not know who makes a statement nor whether another one differs.
Code blocks state nothing here: what an example prints is no claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tuneproof.curate.likeness.guards import NEGATION, SCOPE_WORDS, names_in
from tuneproof.curate.likeness.opposites import CLASS_OF, stem
from tuneproof.curate.likeness.polarity import plainly, speaks_of_absence
from tuneproof.curate.likeness.quantities import NUMBER, VALUE_OF, quantities
from tuneproof.curate.likeness.slots import LITERALS
from tuneproof.curate.likeness.word_order import ADVERBS, EMPTY_WORDS
from tuneproof.curate.wording import CODE, TOKEN, normal_form

_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[*_`]*[A-Z0-9`])")
_ASIDE = re.compile(r"\((?:e\.g\.|for example|such as|like|i\.e\.)[^()]*\)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"^\s*[{<%].*[}>%]\s*$")
_TRAILING = re.compile(r"\(?\s*(?:(?:by|the)\s+)?defaults?\b", re.IGNORECASE)
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+")
_RULE = re.compile(r"^[\s|:=+*_-]*$")
_MARK = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|!?\[([^\]]*)\]\([^)]*\)|</?[A-Za-z][^>]*>")
# Not claims of a fact but samples of one.
_SAMPLE = re.compile(
    r"\b(?:examples?|e\.g|for instance|such as|say|sample|output looks|similar to|may vary|suppose|imagine|let's)\b",
    re.IGNORECASE,
)
# Claims that leave room: two of these agree unless they are one sentence. A limit leaves none.
_HEDGED = re.compile(r"\b(?:approximately|about|roughly|around|typically|usually)\b|~\d", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|when|whenever|unless|while|for|on|in|of|with|without|since|until|under|during)\b")
_PHRASE_END = re.compile(r"[.,;:()]|(?<=\w)\s(?:is|are|was|were|must|can|may|will|has|have|does|do)\b")
CONDITION_WORDS = 4  # words after an "if", "for" or "on" that say where a statement holds
_DEFAULT = re.compile(r"\bdefault(?:s|ing|ed)?\b", re.IGNORECASE)
_VALUE = r"(?P<{}>`[^`]+`|\"[^\"]*\"|'[^']*'|[^\s`\"']+)"
# "of" introduces the value only where no verb does: "the default value of `strict` is `True`".
_DEFAULT_VALUE = re.compile(
    rf"\bdefault(?:s|ing|ed)?\b[^.;\"']{{0,60}}?(?:\bis\b|\bare\b|\bto\b|[:=(])\s*{_VALUE.format('a')}"
    r"|(?P<b>`[^`]+`|\"[^\"]*\")\s*(?:is|by|as)\s+(?:the\s+)?default"
    rf"|\bdefaults?(?:\s+value)?\s+of\s+{_VALUE.format('c')}",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b(?:versions?|since|release|python|v)\b", re.IGNORECASE)
_MEASURE = re.compile(r"(?<=\d)\s?(?:[KMGT]i?[Bb]|[kKMG]?bit|[kMG]?Hz|ms|[µu]s|ns)\b")  # no name, though spelt like one
_HELPING_LIST = "does do did is are be been being was were has have had will would can could shall should by to at of"
_HELPING = frozenset(_HELPING_LIST.split())
_UNIT_LIST = """
    s ms us ns sec secs second seconds millisecond milliseconds microsecond microseconds minute minutes min mins hour
    hours hr h day days week weeks byte bytes b kb mb gb tb kib mib gib kilobyte kilobytes megabyte megabytes gigabyte
    gigabytes percent
"""
_UNIT_WORDS = frozenset(_UNIT_LIST.split())


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence, item or row.

        ``claim`` are the stems of what it says without values, negation and helping words, opposites standing for one
        another; ``values`` its quantities in order; ``names`` what it names outside of a default's value; ``default``
    the value that it calls the default, if it does; ``terms`` its stems as they stand, ``prose`` its text without code
        and numbers.
    """

    text: str
    claim: frozenset[str]
    terms: frozenset[str]
    values: tuple[str, ...]
    names: frozenset[str]
    scope: frozenset[str]
    negations: int
    default: str | None
    prose: str

    @property
    def speaks_of_default(self) -> bool:
        """Whether it says what holds where nothing is said."""
        return _DEFAULT.search(self.text) is not None or speaks_of_absence(self.text)

    @property
    def speaks_of_version(self) -> bool:
        """Whether it speaks of a release."""
        return _VERSION.search(self.text) is not None

    @property
    def sample(self) -> bool:
        """Whether it gives an example."""
        return _SAMPLE.search(self.text) is not None

    @property
    def hedged(self) -> bool:
        """Whether it leaves room: "about", "typically"."""
        return _HEDGED.search(self.text) is not None

    @property
    def conditions(self) -> frozenset[str]:
        """The stems that say where it holds."""
        return _conditions(self.prose)


def statements(text: str) -> list[Statement]:
    """Return the statements of ``text`` in order; fences, rules of tables and empty lines are none."""
    found = []
    for block in _blocks(_FENCE.sub("\n\n", text)):
        for piece in _pieces(block):
            parts = CODE.split(piece)
            parts[::2] = [_MARK.sub(lambda match: match.group(1) or "", part) for part in parts[::2]]
            plain = re.sub(r"\s+", " ", "".join(parts)).strip(" |")
            plain = _ASIDE.sub("", plain)
            if re.search(r"\w", plain) and not _DIRECTIVE.match(plain):
                found.append(statement(plain))
    return found


def _pieces(block: str) -> list[str]:
    """Return the sentences of a block; a row of a table is one, and a default belongs to what it is the default of."""
    if block.startswith("|"):
        return [block]
    found: list[str] = []
    for piece in _END.split(block):
        if found and _TRAILING.match(piece):
            found[-1] += f" {piece}"
        else:
            found.append(piece)
    return found


def _blocks(text: str) -> list[str]:
    """Return paragraphs with their lines joined, every item and table row by itself."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.strip() or _RULE.match(line) or line.lstrip().startswith("#"):
            blocks.append([])
        elif _ITEM.match(line) or line.lstrip().startswith("|"):
            row = line.lstrip().startswith("|")
            blocks.append([line.strip() if row else _ITEM.sub("", line, count=1)])
            if row:
                blocks.append([])
        else:
            blocks[-1].append(line.strip())
    return [" ".join(block) for block in blocks if block]


@lru_cache(maxsize=65536)
def statement(text: str) -> Statement:
    """Return what ``text``, one sentence, claims."""
    default = _DEFAULT_VALUE.search(text)
    spelt = (default["a"] or default["b"] or default["c"]) if default else ""
    if default and spelt.isalpha() and text[max(0, default.start() - 3) : default.start()].casefold() == "by ":
        spelt = "" if spelt.casefold() not in LITERALS else spelt  # "by default, output is coloured" gives no value
    spelt = "" if spelt.casefold() in EMPTY_WORDS else spelt
    names = names_in(_MEASURE.sub(" ", text.replace(spelt, " ") if spelt else text))
    prose = plainly(NUMBER.sub(" ", " ".join(CODE.split(text)[::2]) if "`" in text else text))
    words = TOKEN.findall(normal_form(prose))
    lowered = frozenset(TOKEN.findall(normal_form(text)))
    said = [
        word for word in words
        if word not in EMPTY_WORDS and word not in _HELPING and word not in VALUE_OF and word not in _UNIT_WORDS
        and word not in ADVERBS
        and not NEGATION.fullmatch(word) and not word.isdigit()
    ]  # fmt: skip
    terms = frozenset(stem(word) for word in said)
    # A contraction leaves the stump of its verb: "doesn't" is "doesn" and "t".
    terms -= {"t", "don", "doesn", "didn", "isn", "aren", "wasn", "can", "won", "couldn", "shouldn", "cannot", "not"}
    claim = frozenset(CLASS_OF.get(term, term) for term in terms) | {f"`{name.casefold()}" for name in names}
    return Statement(
        text=text,
        claim=claim,
        terms=terms,
        values=quantities(text),
        names=frozenset(name.casefold() for name in names),
        scope=lowered & SCOPE_WORDS,
        negations=len(NEGATION.findall(prose)),
        default=spelt.strip("`\"'.,;:)").casefold() or None,
        prose=prose,
    )


def _conditions(prose: str) -> frozenset[str]:
    """Return the stems that say where a statement holds: a few words after each "if", "for", "on" and the like."""
    form = normal_form(prose)
    found: set[str] = set()
    for match in _CONDITION.finditer(form):
        phrase = _PHRASE_END.split(form[match.end() :], maxsplit=1)[0]
        found.update(stem(word) for word in TOKEN.findall(phrase)[:CONDITION_WORDS] if word not in EMPTY_WORDS)
    return frozenset(found)
