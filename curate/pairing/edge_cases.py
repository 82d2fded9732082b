"""Pairs for edges that a page states and no template asked about: the sentence itself is the answer.

Knows how each kind of edge is asked, by the heading over it and the title of its page. It must not know which of them
are wanted, nor how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tuneproof.curate.pairing.headings import GENERIC, Phrase, phrase_of, to_first_person
from tuneproof.curate.pairing.opportunities import Opportunity, opportunities
from tuneproof.curate.pairing.questions import Draft, draft
from tuneproof.datasets.workspace.records import CaseType, Chunk

_ANCHOR = re.compile(r"\s*\{\s*#[^{}]*\}\s*$")
# What changed from version to version is no knowledge about the thing as it is.
HISTORY = re.compile(
    r"\b(?:release notes|changelog|change log|changes|release history|what's new)\b|\d{4}-\d\d-\d\d|^v?\d+\.\d+",
    re.IGNORECASE,
)
_NOUN: Mapping[CaseType, tuple[str, ...]] = {
    "version_difference": (
        "Which version matters for {h}{tail}?",
        "What changed between versions for {h}{tail}?",
        "From which version on does something hold for {h}{tail}?",
        "Does {h} depend on the version{tail}?",
    ),
    "deprecation": (
        "Is anything about {h} deprecated{tail}?",
        "What is no longer recommended for {h}{tail}?",
        "Which deprecation should I know for {h}{tail}?",
    ),
    "error": (
        "Which error can I meet with {h}{tail}?",
        "What can go wrong with {h}{tail}?",
        "When does {h} fail{tail}?",
        "In which case do I get an error for {h}{tail}?",
    ),
    "default": (
        "Which default applies to {h}{tail}?",
        "What happens with {h} if I change nothing{tail}?",
        "What is the default for {h}{tail}?",
        "Unless I say otherwise, what holds for {h}{tail}?",
    ),
    "limit": (
        "Which requirement or limit applies to {h}{tail}?",
        "What must I observe for {h}{tail}?",
        "Is there a restriction on {h}{tail}?",
        "What does {h} require{tail}?",
    ),
    "negation": (
        "What does not hold for {h}{tail}?",
        "What should I not expect of {h}{tail}?",
        "Is something not possible with {h}{tail}?",
        "What is left out of {h}{tail}?",
    ),
    "comparison": (
        "How does {h} compare with its alternatives{tail}?",
        "What sets {h} apart{tail}?",
        "Which comparison helps to understand {h}{tail}?",
    ),
}
_DOING: Mapping[CaseType, tuple[str, ...]] = {
    "version_difference": ("Which version matters when I want to {h}{tail}?", "Does it take a version to {h}{tail}?"),
    "deprecation": ("What is deprecated when I want to {h}{tail}?", "Which way to {h} is no longer recommended{tail}?"),
    "error": ("What can go wrong when I {h}{tail}?", "Which error can I meet when I {h}{tail}?"),
    "default": ("Which default matters when I {h}{tail}?", "What applies by default when I {h}{tail}?"),
    "limit": (
        "What must I observe when I {h}{tail}?",
        "Which requirement or limit applies when I {h}{tail}?",
        "What is needed to {h}{tail}?",
    ),
    "negation": ("What does not work when I {h}{tail}?", "What should I not expect when I {h}{tail}?"),
    "comparison": ("Which alternatives are there when I {h}{tail}?", "How do the ways to {h} compare{tail}?"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk stands: its document's title, source and path, and the document's format."""

    title: str
    source: str
    path: str
    format: str

    @property
    def name(self) -> str:
        """Return what a reader calls the page: its title, or else the file."""
        return _ANCHOR.sub("", self.title).strip() or self.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def subject_of(chunk: Chunk, place: Place) -> tuple[Phrase, str, str] | None:
    """Return what a question about ``chunk`` speaks of: kind of phrase, phrase, and " (page)" if it needs one."""
    path = [_ANCHOR.sub("", part).strip(" :.") for part in chunk.heading_path]
    path = [part for part in path if part and part.casefold() != place.name.casefold()]
    if not path or path[-1].casefold() in GENERIC:
        about = f"{place.name}: {path[-2]}" if len(path) > 1 else place.name
        return ("noun", about, "") if phrase_of(about) == "noun" else None
    text = re.sub(r"^(?:step )?\d+(?:\.\d+)*[.):]?\s+(?=[A-Za-z])", "", path[-1], flags=re.IGNORECASE)
    phrase = phrase_of(text)
    if phrase in ("question", "empty") or len(text.split()) > 9:
        return None
    tail = "" if place.name.casefold() in text.casefold() else f" ({place.name})"
    if phrase in ("order", "gerund"):
        text = to_first_person(text[0].lower() + text[1:])
    return phrase, text, tail


def edge_drafts(chunk: Chunk, place: Place) -> Iterator[tuple[Draft, Opportunity]]:
    """Yield a pair for each kind of edge that ``chunk`` states; Python and OpenAPI have templates of their own."""
    if place.format in ("python", "openapi", "help"):
        return
    subject = subject_of(chunk, place)
    if subject is None or HISTORY.search(" ".join((place.name, *chunk.heading_path))):
        return
    phrase, text, tail = subject
    for one in opportunities(chunk, place.format):
        wordings = (_DOING if phrase == "order" else _NOUN)[one.case_type]
        yield draft((chunk,), f"edge.{one.case_type}", one.case_type, wordings, one.sentence, h=text, tail=tail), one
