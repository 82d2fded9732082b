"""Pairs that can't be read without the page they came from.

Knows the phrases that point at a page, and what names a subject. It must not know the page itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs
from tuneproof.curate.likeness.guards import NAME
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import CODE
from tuneproof.datasets.workspace.records import Finding

PAGE = re.compile(
    r"""\b(?:
      (?:as|the\ one)?\s*(?:shown|described|mentioned|listed|given|defined|explained|seen|noted)\ (?:above|below|here)
    | (?:above|following|preceding|previous)\ (?:code|example|section|table|figure|text|passage|snippet|paragraph|list
        |chapter)
    | in\ the\ (?:next|last|following|previous)\ (?:section|chapter|paragraph)
    | (?:example|section|table|figure|code|text|passage|snippet|list|documentation|docs|guide|page)\ (?:above|below)
    | (?:given|based\ on)\ the\ (?:text|passage|excerpt|snippet|article)
    | according\ to\ (?:the|this)\ (?:text|passage|document|section|page|article|context|guide|excerpt)
    | in\ (?:the|this)\ (?:text|passage|document|section|page|article|excerpt|figure|table|chapter)
    | the\ (?:passage|excerpt|given\ text|given\ context)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: An answer that sends its reader elsewhere: to a manual, or to another place on the page.
AWAY = re.compile(
    r"""\b(?:
      (?:see|consult|refer\ to|turn\ to|have\ a\ look\ at)\ (?:also\ )?(?:the\ |our\ |its\ |their\ |your\ )
        (?:[\w-]+\ ){0,2}(?:documentation|docs|manual|handbook|guide|reference|tutorial|website|wiki|readme)
    | see\ (?:above|below|there|elsewhere)
    | more\ (?:on|about)\ (?:that|this|it)\ (?:later|below|in\ a\ moment|further\ down)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
DEMONSTRATIVE = re.compile(
    r"\b(?:this|that|these|those|the\ above)\s+"
    r"(?:function|method|class|module|parameter|argument|option|flag|command|page|guide|section|example|feature|field|"
    r"endpoint|call|setting|value|error|exception|object|attribute|tool|library|package|operation)s?\b",
    re.IGNORECASE,
)


def find_needs_page(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``needs_page`` for each question that only a reader of its page understands."""
    for row in inputs.rows:
        if (found := _needs_page(row)) is not None:
            yield found


def _needs_page(row: PairRow) -> Finding | None:
    if match := PAGE.search(row.question):
        message = f"The question needs the page it came from: {match.group().strip()!r}."
        return on_pair(row, "needs_page", "warn", message, {"phrase": match.group()})
    match = DEMONSTRATIVE.search(row.question)
    if match and not CODE.search(row.question) and not NAME.search(row.question):
        message = f"The question says {match.group()!r} and names nothing that it could mean."
        return on_pair(row, "needs_page", "warn", message, {"phrase": match.group()})
    return None


def find_points_away(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``answer_points_away`` for each answer that points to text which is not in it."""
    for row in inputs.rows:
        prose = " ".join(CODE.split(row.answer)[::2])
        if match := PAGE.search(prose) or AWAY.search(prose):
            message = f"The answer points to text that is not in it: {match.group().strip()!r}."
            yield on_pair(row, "answer_points_away", "info", message, {"phrase": match.group()})
