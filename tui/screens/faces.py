"""How pairs and checks look: cells of a row and blocks of a card.

Knows records and paints. It must not know widgets, keys or SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuneproof.datasets.verdict.verdict import Check, Verdict
from tuneproof.tui.card import Block
from tuneproof.tui.display import DISPLAY_LIMIT, one_line, visible
from tuneproof.tui.grounding import carried
from tuneproof.tui.queries.pairs import PairCard, PairRow
from tuneproof.tui.table import Cell, Row

# A letter beside each colour, so that nothing is told by colour alone.
STATES: Mapping[str, Cell] = {
    "accepted": ("A", "good"),
    "rejected": ("X", "bad"),
    "later": ("L", "warn"),
    "pending": ("·", "dim"),
    "stale": ("S", "dim"),
}
STATUSES: Mapping[str, Cell] = {
    "pass": ("ok", "good"),
    "warn": ("warn", "warn"),
    "fail": ("FAIL", "bad"),
    "inconclusive": ("open", "warn"),
    "waived": ("waived", "dim"),
    "skipped": ("skipped", "dim"),
}
# How much of a pair that says the same is quoted.
TWIN_CHARS = 120
SEVERITIES: Mapping[str, str] = {"block": "bad", "warn": "warn", "info": "dim"}
SHARE = "share"
OUTCOMES: Mapping[str, str] = {"PASS": "good", "FAIL": "bad", "INCONCLUSIVE": "warn"}


def row_cells(row: PairRow) -> Row:
    """Return a pair's cells: state, mark of a flag or finding, case type, question."""
    mark = ("f", "bad") if row.flagged else ("!", "warn") if row.found else ("", "")
    return STATES[row.state], mark, (row.case_type, "dim"), (one_line(row.question), "")


def card_blocks(card: PairCard, place: str) -> list[Block]:
    """Return a pair's card: question, answer, why it deserves a look, and the source it rests on, whole."""
    letter, paint = STATES[card.state]
    facts = [
        card.case_type,
        card.generator,
        card.origin,
        card.split or "no split",
        card.role if card.role != card.split else "",
    ]
    facts += ["selected" if card.selected else "not selected", "edited" if card.edited else ""]
    return [
        Block(f"{letter} {card.state} · pair {place}", paint),
        Block(" · ".join(fact for fact in facts if fact), "dim"),
        Block(""),
        Block("QUESTION", "title"),
        Block(card.question, "strong"),
        Block(""),
        Block("ANSWER", "title"),
        Block(card.answer),
        Block(""),
        *_why(card),
        *_source(card),
    ]


def check_cells(check: Check) -> Row:
    """Return a check's cells: status, title, figure against limit."""
    return STATUSES[check.status], (one_line(check.title), ""), (_short_figure(check), "dim")


def check_blocks(check: Check) -> list[Block]:
    """Return a check's card."""
    word, paint = STATUSES[check.status]
    blocks = [
        Block(check.title, "strong"),
        Block(f"{word} · {check.severity} · {check.id}", paint),
        Block(""),
        Block(check.message),
        Block(""),
        Block("FIGURE", "title"),
        Block(figure(check) or "none"),
    ]
    if check.interval:
        level = f"{check.level:.0%} " if check.level is not None else ""
        blocks.append(Block(f"{level}interval {_end(check, check.interval.low)} to {_end(check, check.interval.high)}"))
    if check.n:
        groups = f" in {check.clusters:,} groups" if check.clusters else ""
        blocks.append(Block(f"{check.n:,} rows{groups}"))
    if check.remedy:
        blocks += [Block(""), Block("WHAT TO DO", "title"), Block(check.remedy)]
    if check.waiver:
        waiver = check.waiver
        blocks += [
            Block(""),
            Block("WAIVED", "title"),
            Block(f"by {waiver.owner} until {waiver.expires}: {waiver.reason}"),
        ]
    if check.evidence.ids or check.evidence.sql:
        blocks += [Block(""), Block("EVIDENCE", "title")]
        blocks += [Block(f"{len(check.evidence.ids):,} rows to look at first")] if check.evidence.ids else []
        blocks += [Block(check.evidence.sql, "dim")] if check.evidence.sql else []
    return blocks


def verdict_pieces(verdict: Verdict) -> list[Cell]:
    """Return a verdict's headline."""
    failed = sum(check.status == "fail" for check in verdict.checks)
    warned = sum(check.status == "warn" for check in verdict.checks)
    cause = f" · {', '.join(verdict.cause)}" if verdict.cause else ""
    counted = f"{len(verdict.checks)} checks, {failed} failed, {warned} warned{cause}"
    return [
        (verdict.verdict, OUTCOMES[verdict.verdict]),
        (f" · {counted} · {verdict.as_of[:16].replace('T', ' ')}", ""),
    ]


def figure(check: Check) -> str:
    """Return a check's figure with its unit, and the limit where there is one; shares are in percent."""
    if check.value is None:
        return ""
    limit = f", limit {check.op} {_amount(check, check.limit)}" if check.limit is not None else ""
    unit = f" {check.unit}" if check.unit and check.unit != SHARE else ""
    return f"{_amount(check, check.value)}{unit}{limit}"


def _short_figure(check: Check) -> str:
    if check.value is None:
        return ""
    limit = f" {check.op} {_amount(check, check.limit)}" if check.limit is not None else ""
    return f"{_amount(check, check.value)}{limit}"


def _amount(check: Check, value: float) -> str:
    return f"{100 * value:.3g}%" if check.unit == SHARE else f"{value:,.4g}"


def _why(card: PairCard) -> list[Block]:
    flag = [] if card.flag is None else [Block(f"flagged: {card.flag or 'no reason given'}", "bad", 1)]
    blocks = flag + [Block(f"{check}: {message}", SEVERITIES[severity], 1) for severity, check, message in card.reasons]
    blocks += [
        Block(f"{kind} duplicate, {score:.2f}, {state} ({reason}): {_start(other)}", "warn", 1)
        for kind, score, state, reason, other in card.twins
    ]
    if card.placement:
        blocks.append(Block(card.placement, "dim", 1))
    if card.cluster:
        blocks.append(Block(f"cluster: {one_line(card.cluster)}", "dim", 1))
    return [Block("WHY", "title"), *blocks, Block("")] if blocks else []


def _source(card: PairCard) -> list[Block]:
    if card.path is None:
        return [Block("SOURCE", "title"), Block("none: this pair was imported without one", "dim")]
    blocks = [Block("SOURCE", "title")]
    for passage in card.passages:
        way = " › ".join(one_line(part) for part in passage.heading_path)
        blocks.append(Block(f"{one_line(card.source or '')}: {one_line(card.path)}{'  ' + way if way else ''}", "dim"))
        shown = passage.text[:DISPLAY_LIMIT].replace("\r\n", "\n")
        blocks.append(Block(passage.text, places=carried(visible(shown), card.answer)))
    return blocks if card.passages else [*blocks, Block(f"{card.source}: {card.path}", "dim")]


def _start(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= TWIN_CHARS else shown[: TWIN_CHARS - 1] + "…"


def _end(check: Check, value: float | None) -> str:
    return "open" if value is None else _amount(check, value)
