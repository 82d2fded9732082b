"""Where documentation states an edge: a limit, an error, a default, what is deprecated, denied or changed.

Knows which words announce which kind of case, and how the sentences of a chunk are had whatever its format. It must
not know questions: `edge_cases` asks, and the report of coverage counts what nobody asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuneproof.curate.pairing.docstrings import parse_docstring
from tuneproof.curate.pairing.sentences import SENTENCE_LIMIT, finish, points_away, split_sentences, stands_alone
from tuneproof.curate.pairing.signatures import read_definition
from tuneproof.datasets.workspace.records import CaseType, Chunk

# Tried in this order: the first that fits names the kind.
CUES: Mapping[CaseType, re.Pattern[str]] = {
    "version_difference": re.compile(
        r"\b(?:(?:added|new|changed|introduced|removed|available|supported)(?: \w+)? (?:in|since|from|as of|with)"
        r" (?:version |release |Python |v)?v?\d+\.\d+|since (?:version |release |Python |v)v?\d+(?:\.\d+)*"
        r"|as of (?:version |release |v)v?\d+(?:\.\d+)+"
        r"|(?:before|prior to|until) (?:version |release |v)v?\d+(?:\.\d+)+"
        r"|(?:Changed|Added|Removed) in version \S+)",
        re.IGNORECASE,
    ),
    "deprecation": re.compile(
        r"\bdeprecated\b|\bno longer (?:supported|available|needed|maintained|recommended)\b|\blegacy\b|\bobsolete\b"
        r"|\bwill be removed\b",
        re.IGNORECASE,
    ),
    "error": re.compile(
        r"\brais(?:e|es|ed)\b|\bthrows?\b|\breturns? an? (?:\w+ )?error\b|\bfails? (?:if|when|with|because)\b"
        r"|\ban? (?:\w+ )?(?:error|exception) (?:is|will|occurs|message)\b"
        r"|\b(?:4\d\d|5\d\d) (?:error|status|response)\b",
        re.IGNORECASE,
    ),
    "default": re.compile(
        r"\bby default\b|\bdefaults? to\b|\bdefault (?:is|value|values)\b|\(default[: ]", re.IGNORECASE
    ),
    "limit": re.compile(
        r"\bmust(?: not)?\b|\bat (?:most|least)\b|\b(?:maximum|minimum)\b|\bno (?:more|less|fewer) than\b|\bup to \d"
        r"|\blimited to\b|\bonly (?:available|supported|works?|if|when|on|for|accepts?)\b|\brequires?\b|\bcannot\b"
        r"|\bcan't\b|\bmay not\b",
        re.IGNORECASE,
    ),
    "negation": re.compile(
        r"\b(?:is|are) not (?:supported|available|allowed|possible|required|included|enabled|recommended)\b"
        r"|\b(?:does|do|will) not\b|\bnot (?:yet )?supported\b|\b(?:doesn|don|isn|aren|won)['’]t\b|\bnever\b",
        re.IGNORECASE,
    ),
    "comparison": re.compile(
        r"\bunlike\b|\bwhereas\b|\bcompared (?:to|with)\b|\bin contrast to\b|\bas opposed to\b|\bdiffers? from\b"
        r"|\b(?:faster|slower|smaller|larger|better|more \w+|less \w+) than (?:a |an |the )?[`A-Z]",
        re.IGNORECASE,
    ),
}  # fmt: skip
# What is denied or restricted in a clause of condition or time is not what the sentence is about.
SUBORDINATE = re.compile(
    r"\b(?:if|when|whenever|that|which|who|whose|because|so|since|unless|where|while|whether|as|until|before"
    r"|after)\b[^.;]*$",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:so far|now that|let['’]s|earlier|later on|we|us|our|the same way|don['’]t have to|need not)\b"
)
_LABEL = re.compile(r"^`[^`]+`(?: \([^)]*\))?: ")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_DROPPED = re.compile(
    r"^[ \t]*(?:\|.*|#{1,6} .*|\.\. .*|:\w[\w-]*:.*|[=~^\"'*+#-]{3,}[ \t]*|<[^>]*>[ \t]*|import .*)$",
    re.MULTILINE,
)
_LITERAL = re.compile(r"::[ \t]*\n(?:[ \t]*\n)*(?:[ \t]+.*\n?|[ \t]*\n)+")
_ROLE = re.compile(r":[a-z][\w:.-]*:`~?([^`<]+?)(?:\s*<[^>]*>)?`_{0,2}")
_LINK = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)|\[([^\]\n]*)\](?:\([^)\n]*\)(?:\{[^}\n]*\})?)?")
_RST_LINK = re.compile(r"`([^`<\n]+?)\s*<[^>\n]*>`_{1,2}")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_ITEM = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+", re.MULTILINE)


# Several stages of one build read the same sentences.
_TOLD: dict[tuple[str, str, str], tuple[str, ...]] = {}
_TOLD_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A sentence of a chunk that states an edge: which kind of case it gives rise to, and the words that say so."""

    chunk_id: str
    document_id: str
    case_type: CaseType
    sentence: str
    cue: str


def opportunities(chunk: Chunk, form: str) -> Iterator[Opportunity]:
    """Yield what the sentences of ``chunk`` (of a document of format ``form``) state of edges, one for each kind."""
    seen: set[CaseType] = set()
    for sentence in telling_sentences(chunk, form):
        kind = kind_of(sentence)
        if kind is not None and kind[0] not in seen:
            seen.add(kind[0])
            yield Opportunity(chunk.chunk_id, chunk.document_id, kind[0], sentence, kind[1])


def kind_of(sentence: str) -> tuple[CaseType, str] | None:
    """Return the kind of edge that ``sentence`` states, with the words that say so."""
    for case_type, cue in CUES.items():
        match = cue.search(sentence)
        if match is None:
            continue
        if case_type in ("negation", "limit", "error") and SUBORDINATE.search(sentence[: match.start()]):
            continue
        return case_type, match.group()
    return None


def telling_sentences(chunk: Chunk, form: str) -> Sequence[str]:
    """Return the sentences of ``chunk`` that can be understood alone, whole and with a stop, code in backticks."""
    key = chunk.text, chunk.kind, form
    if key not in _TOLD:
        if len(_TOLD) >= _TOLD_MAX:
            _TOLD.clear()
        _TOLD[key] = _telling(chunk, form)
    return _TOLD[key]


def _telling(chunk: Chunk, form: str) -> tuple[str, ...]:
    whole = []
    for paragraph in paragraphs(chunk, form):
        for sentence in split_sentences(paragraph):
            ended = finish(sentence)
            if ended is None or not 35 <= len(ended) <= SENTENCE_LIMIT or points_away(ended):
                continue
            if (
                stands_alone(ended)
                and re.match(r"[A-Z`\"“]", ended)
                and not (_LEANS.search(ended) or _LABEL.match(ended))
            ):
                whole.append(ended)
    return tuple(whole)


def paragraphs(chunk: Chunk, form: str) -> Sequence[str]:
    """Return the prose of ``chunk`` by paragraph and list item: no fence, table or heading; links as their text."""
    if form == "python":
        try:
            definition = read_definition(chunk)
        except SyntaxError:  # no definition of the reader's: its words are not to be told from its code
            return []
        doc = parse_docstring(definition.docstring, frozenset(each.name for each in definition.parameters))
        return [doc.summary, *doc.prose()]
    if form in ("openapi", "help"):
        return []
    text = _FENCE.sub("\n\n", chunk.text.replace("\r\n", "\n"))
    if form == "rst":
        text = _ROLE.sub(r"`\1`", _LITERAL.sub(":\n\n", text))
        text = _RST_LINK.sub(r"\1", text).replace("``", "`")
    text = _LINK.sub(lambda match: match.group(1) or "", _DROPPED.sub("\n", text))
    text = _BOLD.sub(r"\2", _TAG.sub("", text))
    parts = re.split(r"\n[ \t]*\n|\n(?=[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S)", text)
    return [part for each in parts if (part := " ".join(_ITEM.sub("", each).split()))]
