"""The plain records that travel the road: source, document, chunk, pair, duplicate, finding, item, score.

Knows shapes only: nothing here reads, writes or decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CaseType = Literal[
    "how_to", "what_is", "parameter", "default", "limit", "error", "deprecation", "version_difference",
    "comparison", "multi_step", "negation", "false_premise", "unanswerable", "ambiguous",
]  # fmt: skip
Origin = Literal["template", "llm", "human", "import"]
Severity = Literal["block", "warn", "info"]
DuplicateKind = Literal["exact", "near", "semantic", "same_question"]
DuplicateState = Literal["merged", "suggested", "variant", "contradiction"]
Split = Literal["train", "validation", "test"]
Role = Literal[
    "train",
    "paraphrase",
    "sibling",
    "selection",
    "heldout",
    "unanswerable",
    "control",
    "canary",
    "general",
    "text",
]
Model = Literal["base", "tuned"]
Turn = tuple[Literal["user", "assistant"], str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where documents come from: ``location`` is a path, or ``python:NAME`` for an installed package."""

    name: str
    location: str
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: ``content`` is its lossless text, ``sha256`` and ``size`` are of its raw bytes.

    ``places`` leads from ``content`` back to the original where they differ: (byte offset, locator) in order, each
    good up to the next. It is not stored; chunks carry what they need of it.
    """

    document_id: str
    source: str
    path: str
    format: str
    sha256: str
    size: int
    title: str
    content: str
    places: tuple[tuple[int, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document: ``content.encode()[start_byte:end_byte] == text.encode()``, always."""

    chunk_id: str
    document_id: str
    kind: str
    heading_path: tuple[str, ...]
    start_byte: int
    end_byte: int
    text: str
    locator: Mapping[str, object] = field(default_factory=dict)
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer, with the chunks that it rests on (none for an import).

    An imported conversation may bring its own ``system`` prompt, earlier turns (``history``: role and text of
    each) and the ``line`` of the file it comes from, counted from 1.
    """

    pair_id: str
    chunk_ids: tuple[str, ...]
    document_id: str | None
    question: str
    answer: str
    case_type: CaseType
    generator: str
    origin: Origin
    system: str | None = None
    history: tuple[Turn, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Pair ``pair_id`` repeats ``kept_id``; ``score`` in 0..1 is the similarity that says so."""

    pair_id: str
    kept_id: str
    kind: DuplicateKind
    score: float
    state: DuplicateState
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one subject; ``evidence`` holds what a person needs to see it."""

    finding_id: str
    subject: Literal["document", "chunk", "pair", "set"]
    subject_id: str
    check_name: str
    severity: Severity
    message: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to score a model on. ``choices`` (general suites) holds the answers, ``answer`` the right one's place.

    ``cluster`` is what items are grouped by in every interval: the source document, or the suite's template.
    """

    item_id: str
    role: Role
    suite: str
    cluster: str
    prompt: str
    reference: str
    document_id: str | None = None
    pair_id: str | None = None
    system: str | None = None
    choices: tuple[str, ...] = ()
    answer: int = 0
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one model on one item: ``metric`` names it, with its unit in the name where it has one."""

    model: Model
    item_id: str
    metric: str
    value: float
