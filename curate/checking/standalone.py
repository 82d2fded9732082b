"""Pairs that can't be read without the page they came from.

Knows how people point: at a part of a document, at what was said before or comes later, at a thing they don't name.
Whether what an answer points at stands in the answer itself is for `pointers` to say. It must not know the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.checking.pointers import pointer_in
from tuneproof.curate.likeness.guards import NAME
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import CODE
from tuneproof.datasets.workspace.records import Finding

_SHOWN = (
    r"(?:shown|described|mentioned|listed|given|defined|explained|seen|noted|discussed|stated|said|covered|introduced"
    r"|outlined|specified|referenced|quoted|cited|presented|illustrated)"
)
_PART = (
    r"(?:code|examples?|sections?|tables?|figures?|texts?|passages?|snippets?|paragraphs?|lists?|chapters?|excerpts?"
    r"|listings?|diagrams?|screenshots?|images?|illustrations?|quotes?|quotations?)"
)
_WHOLE = r"(?:text|passage|document|section|page|article|context|guide|excerpt|tutorial|chapter|paragraph|snippet)"
#: A question that means a place on its page, or what was said there before.
PAGE = re.compile(
    rf"""\b(?:
      (?:as|the\ one)?\s*{_SHOWN}\ (?:just\ )?(?:above|below|here
        |earlier|previously|in\ passing|further\ (?:up|down|on))
    | as\ (?:{_SHOWN}|(?:we|you|they)\ (?:have\ )?(?:saw|seen|discussed|learned|learnt|said|mentioned))
        \ (?:before|earlier|already|previously)
    | (?:above|following|preceding|previous|foregoing|aforementioned)\ {_PART}
    | (?:above|above-mentioned|aforementioned|foregoing|latter|former)\ (?:steps?|commands?|lines?|outputs?|functions?
        |methods?|options?|instructions?|settings?|statements?|sentences?|approach(?:es)?|requests?|configuration)
    | in\ the\ (?:next|last|following|previous)\ (?:section|chapter|paragraph|part|step|example)
    | (?:example|section|table|figure|code|text|passage|snippet|list|documentation|docs|guide|page|diagram|image
        |screenshot|excerpt|listing|paragraph|step|command|output)\ (?:above|below)\b(?!\ (?:the|an?|each|every|its)\b)
    | (?:based\ on|given|using\ only|judging\ (?:by|from))\ the\ (?:{_WHOLE}|above)
    | according\ to\ (?:the|this)\ (?:author|{_WHOLE})
    | in\ (?:the|this)\ (?:text|passage|document|section|page|article|excerpt|figure|table|chapter|diagram|screenshot)
    | the\ (?:passage|excerpt|(?:given|provided|supplied|attached|quoted)\ (?:{_WHOLE}|information|material|content))
    | this\ (?:text|passage|document|article|excerpt|chapter|tutorial|paragraph|snippet|page|section|guide|walkthrough
        |readme|listing|diagram|screenshot)
    | (?:do|does|did|would|is|was|has)\ the\ (?:author|writer|speaker|narrator|text|article)s?\ (?:\w+ly\ )?
        (?:says?|mean(?:ing)?|recommend\w*|suggest\w*|describ\w+|mention\w*|claim\w*|argu\w+|stat\w+|think\w*|advis\w+
        |explain\w*|warn\w*|prefer\w*|refer\w*|conclud\w+|us(?:e|ing)|list\w*)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_STEP = re.compile(
    r"\bthe (?:previous|preceding|last|next|first|second|third|final) (?:step|question|answer|sentence|statement|remark"
    r"|instruction|paragraph|exercise|bullet|point)\b(?! (?:of|in|from|to|for|on)\b)",
    re.IGNORECASE,
)
# Who moves from step to step speaks of a program's steps, not of a page's.
_MOVES = re.compile(
    r"\b(?:go|goes|going|move|jump|return|navigate|undo|roll|skip|repeat|rerun|re-run|revert|back|delete|remove|insert"
    r"|append|edit|select|submit|save|store|get|fetch|pop|print|show|display|wizard|quiz|form|survey|workflow|pipeline"
    r"|user)\b",
    re.IGNORECASE,
)
DEMONSTRATIVE = re.compile(
    r"\b(?:this|these|those|the\ above|(?<!true )(?<!right )(?<!sure )(?<!know )that)\s+"
    r"(?:function|method|class|module|parameter|argument|option|flag|command|page|guide|section|example|feature|field|"
    r"endpoint|call|setting|value|error|exception|object|attribute|tool|library|package|operation)s?\b"
    r"|\b(?:this|these|those)\s+(?:script|program|file|step|code|service|property|propertie|variable|keyword|line|output"
    r"|result|message|warning|approach|technique|limitation|behaviou?r|configuration|decorator|component)s?\b",
    re.IGNORECASE,
)
_ANAPHORA = frozenset(("it", "its", "this", "that", "they", "them", "their", "these", "those"))
# What a question may consist of beside such a word and still name nothing.
_EMPTY_LIST = """
    a an the i you we one to of in on at for with from by as and or so if when while not no n t s re d ll ve any some
    all more most very really exactly actually just only also then now there here else again first before after about
    what which who why how where when whether is are was were be been being am do does did done doing has have had can
    could will would should shall may might must need needs needed let me my your our please tell explain describe show
    give say know mean means meant meaning work works working worked happen happens happened happening use used uses
    using get gets got make makes made fix fixed run runs running stop stops start starts change changed set try tried
    help helps avoid prevent handle handled purpose reason point default defaults necessary important possible required
    safe different allowed good bad better best useful needed way ways thing things different same true false correct
    right wrong example examples case cases matter matters difference
"""
_EMPTY = frozenset(_EMPTY_LIST.split())


def find_needs_page(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``needs_page`` for each question that only a reader of its page understands."""
    for row in inputs.rows:
        if (found := _needs_page(row)) is not None:
            yield found


def _needs_page(row: PairRow) -> Finding | None:
    question = row.question
    if match := PAGE.search(question):
        message = f"The question needs the page it came from: {match.group().strip()!r}."
        return on_pair(row, "needs_page", "warn", message, {"phrase": match.group()})
    if CODE.search(question) or NAME.search(question):
        return None
    match = DEMONSTRATIVE.search(question)
    if match is None and not _MOVES.search(question):
        match = _STEP.search(question)
    if match is not None:
        message = f"The question says {match.group()!r} and names nothing that it could mean."
        return on_pair(row, "needs_page", "warn", message, {"phrase": match.group()})
    if (word := _nothing_named(question)) is not None:
        message = f"The question says {word!r} and names nothing that it could mean."
        return on_pair(row, "needs_page", "warn", message, {"phrase": word})
    return None


def _nothing_named(question: str) -> str | None:
    """Return the word that stands for a thing in a question that names none: "How does it work?"."""
    words = re.findall(r"[^\W_]+", question.casefold())
    if len(words) > 14 or not _EMPTY.issuperset(word for word in words if word not in _ANAPHORA):
        return None
    return next((word for word in words if word in _ANAPHORA), None)


def find_points_away(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``answer_points_away`` for each answer that points to text which is not in it."""
    for row in inputs.rows:
        if phrase := pointer_in(row.answer):
            message = f"The answer points to text that is not in it: {phrase!r}."
            yield on_pair(row, "answer_points_away", "info", message, {"phrase": phrase})
