"""What the set represents, made ready for its page: a matrix of topics by kinds of case, bars, and the style in words.

Knows the evidence and how each part is best seen. It must not judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tuneproof.reports.bars import Bar, bars
from tuneproof.reports.figures import percent

if TYPE_CHECKING:
    from tuneproof.reports.breadth_evidence import BreadthEvidence, KindColumn, StyleFacts

_SHORT = {
    "how_to": "how to", "what_is": "what is", "version_difference": "version", "false_premise": "false premise",
    "multi_step": "steps",
}  # fmt: skip
_RARE = 0.005


def breadth_context(found: BreadthEvidence) -> dict[str, Any]:
    """Return the template's values for what the set represents."""
    return {
        "matrix": _matrix(found),
        "taken_up": bars("What the sources offer and the set asks for", [
            Bar(_plural(one.part), one.share, f"{one.covered:,} / {one.offered:,}")
            for one in found.parts
        ]) if found.parts else None,
        "audiences": [
            (name, percent(pairs), round(100 * pairs), percent(passages), round(100 * passages))
            for name, pairs, passages in found.audiences if max(pairs, passages) >= _RARE
        ],
        "holes": found.holes,
        "evenness": None if found.evenness is None else f"{found.evenness:.2f}",
        "neighbour": None if found.neighbour is None else f"{found.neighbour:.2f}",
        "style": found.style,
        "style_said": style_sentence(found.style) if found.style.answers else "",
        "habits": bars("How answers are written", [
            Bar(one.name, one.share, percent(one.share))
            for one in sorted(found.style.habits, key=lambda one: -one.share) if one.share >= _RARE
        ]),
    }  # fmt: skip


def style_sentence(style: StyleFacts) -> str:
    """Return the style of a set in two sentences."""
    shares = {one.name: one.share for one in style.habits}
    person = max(("address the reader", "say I or we"), key=lambda name: shares[name])
    told = f"{percent(shares[person])} of answers {person}" if shares[person] >= _RARE else "answers are impersonal"
    code = f", and {percent(style.tagged)} of code blocks name their language" if style.tagged is not None else ""
    return (
        f"A typical answer has {style.answer_words} words in sentences of {style.sentence_words:.0f}. "
        f"Of register: {told}, {percent(shares['contract words'])} contract words, "
        f"{percent(1 - shares['end without a stop'])} end as they should{code}."
    )


def _matrix(found: BreadthEvidence) -> dict[str, Any] | None:
    if not found.topics:
        return None
    kinds = [one.kind for one in found.kinds]
    most = max((count for topic in found.topics for count in topic.counts.values()), default=1) or 1
    return {
        "kinds": [_SHORT.get(kind, kind) for kind in kinds],
        "rows": [
            (
                topic.title,
                [(topic.counts.get(kind, 0), round(100 * (topic.counts.get(kind, 0) / most) ** 0.5)) for kind in kinds],
                sum(topic.counts.values()),
            )
            for topic in found.topics
        ],
        "totals": [one.count for one in found.kinds],
        "all": sum(one.count for one in found.kinds),
        "shares": [percent(one.share) for one in found.kinds],
        "targets": [(percent(one.target) if one.target else "", _standing(one)) for one in found.kinds],
        "edges": [f"{one.edges.covered}/{one.edges.offered}" if one.edges else "" for one in found.kinds],
    }


def _standing(column: KindColumn) -> str:
    """Return whether a kind reaches its target: met, short, or none where nothing is asked."""
    return "none" if not column.target else "met" if column.share >= column.target else "short"


def _plural(part: str) -> str:
    return f"{part}s"
