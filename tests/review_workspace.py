"""A small shop's workspace, and the review on it as a person drives it: keys in, frames of text out."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tuneproof.datasets.verdict.verdict import Check, Evidence, Interval, Verdict, Waiver
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.app import ReviewApp
from tuneproof.tui.screens.state import StateLine

FRAMES = Path(__file__).with_name("frames")
SIZES = [(60, 16), (80, 24), (120, 40), (200, 60)]
WIDE = (120, 40)
RETURNS = """Customers may return an item within thirty (30) days of delivery.
The receipt is needed.

    refund(item, days=30)"""
REFUND = 'def refund(item, days=30):\n    """Refund an item.\n\n    Raises ValueError for negative days.\n    """'
HOSTILE = "[red]Loud[/red] \x1b[2Jgone \u202etxt.exe \x07 日本語のテキスト e\u0301"
PAIRS = [
    ("p01", "c1", "d1", "How long may I keep a returned item?", "Thirty days from delivery.", "limit", "prose.amount"),
    ("p02", "c1", "d1", "What is needed to return an item?", "The receipt.", "what_is", "prose.heading"),
    ("p03", "c2", "d1", "Who signs off a refund above 500 euros?", "The shift lead.", "what_is", "prose.heading"),
    (
        "p04",
        "c2",
        "d1",
        "How do I refund by bank transfer?",
        "Open the order, then choose Transfer.",
        "how_to",
        "prose.steps",
    ),
    (
        "p05",
        "c3",
        "d2",
        "What does the parameter days of refund mean?",
        "The days allowed.",
        "parameter",
        "python.parameter",
    ),
    ("p06", "c3", "d2", "What is the default of days in refund?", "30", "default", "python.parameter_default"),
    ("p07", "c3", "d2", "Which error does refund raise?", "`ValueError` for negative days.", "error", "python.raises"),
    ("p08", "c4", "d3", "返品はいつまでできますか？", "三十日以内です。", "limit", "prose.amount"),
    ("p09", "c4", "d3", HOSTILE, HOSTILE, "what_is", "prose.heading"),
    ("p10", "c4", "d3", "Is postage refunded? " + "very " * 60, "No.", "what_is", "prose.heading"),
    ("p11", None, None, "What does the team say on Fridays?", "Ship on Monday.", "what_is", "import"),
]
CHUNKS = [
    ("c1", "d1", 0, ["Returns", "How long"], RETURNS),
    ("c2", "d1", 1, ["Returns", "Refunds"], "Refunds above 500 euros are signed off by the shift lead."),
    ("c3", "d2", 0, ["refund"], REFUND),
    ("c4", "d3", 0, [], HOSTILE + "\n" + "word " * 120),
]  # fmt: skip
DOCUMENTS = [("d1", "handbook", "returns.md"), ("d2", "shop", "shop/refund.py"), ("d3", "wiki", "注文/返品.md")]


QUEUE = [pair[0] for pair in PAIRS[:10]]


def fill(workspace: Workspace) -> None:
    with workspace.write() as con:
        for document, source, path in DOCUMENTS:
            con.execute(
                "INSERT INTO store.documents VALUES (?, ?, ?, 'text', 'x', 1, 't', 'current', NULL, '')",
                [document, source, path],
            )
        for chunk, document, ordinal, way, text in CHUNKS:
            con.execute(
                "INSERT INTO store.chunks VALUES (?, ?, ?, 'section', ?, 0, 1, NULL, ?, 9, NULL)",
                [chunk, document, ordinal, way, text],
            )
        for number, (pair, chunk_id, document_id, question, answer, case, generator) in enumerate(PAIRS):
            origin = "template" if chunk_id else "import"
            con.execute(
                "INSERT INTO store.pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?, false, 9)",
                [pair, chunk_id, document_id, question, answer, case, generator, origin],
            )
            if chunk_id:
                con.execute("INSERT INTO store.pair_chunks VALUES (?, ?, 0)", [pair, chunk_id])
            con.execute(
                "INSERT INTO store.placements (pair_id, selected, reason, role, split, cluster_id) "
                "VALUES (?, ?, 'first of its topic', 'train', ?, ?)",
                [pair, pair != "p11", "test" if number > 7 else "train", number % 2],
            )
        con.execute("INSERT INTO store.clusters VALUES (0, 'returns, receipts', 6), (1, 'refunds', 5)")
        con.execute(
            "INSERT INTO store.findings VALUES "
            "('f1', 'pair', 'p06', 'short_answer', 'warn', 'the answer is 2 characters long', NULL, 0.2), "
            "('f2', 'pair', 'p09', 'control_characters', 'block', 'holds an escape', NULL, 1)"
        )
        con.execute("INSERT INTO store.duplicates VALUES ('p02', 'p01', 'semantic', 0.93, 'suggested', 'cosine 0.93')")


STYLE = {
    "features": [{"feature": "filler_opener", "value": 1.0, "typical": [0.0, 0.2], "z": 4.0}],
    "learnt_from": "set",
    "learnt_from_pairs": 11,
    "fix": "The shift lead signs it off.",
}
SPLIT = {"sizes": [8, 3], "features": [{"feature": "contractions", "share_of_one": 0.1, "share_of_other": 0.9}],
         "one": QUEUE[:8], "other": ["p08", "p09", "p10"]}  # fmt: skip
RUN = "0123456789abcdef-1"
ITEMS = [
    ("i1", "heldout", "", "d1", "p01", "How long may I keep a returned item?", "Thirty days from delivery.", 2.5, 1.5),
    ("i2", "heldout", "", "d3", "p08", "返品はいつまでできますか？", "三十日以内です。", 2.0, 2.6),
    ("i3", "general", "copying", None, None, "Copy: a b c", "a b c", 1.0, 1.0),
    ("i4", "text", "prose", None, None, "", "A plain text.", 3.0, 3.02),
]


def enrich(workspace: Workspace) -> None:
    """Add what the other screens show: skipped documents, groups of duplicates, vectors, style, holes, a judged run."""
    with workspace.write() as con:
        con.execute(
            "INSERT INTO store.sources (source, location, licence, added_at) VALUES "
            "('handbook', '/docs/handbook', 'CC-BY-4.0', TIMESTAMP '2026-11-20 20:00:00')"
        )
        con.execute(
            "INSERT INTO store.documents VALUES ('d4', 'wiki', 'broken.md', 'markdown', 'y', 7, NULL, 'failed', "
            "'not UTF-8 at byte 3', NULL), ('d5', 'wiki', 'bare.md', 'markdown', 'z', 9, 't', 'current', NULL, 'text')"
        )
        con.execute(
            "INSERT INTO store.duplicates VALUES ('p04', 'p03', 'near', 0.88, 'suggested', 'words alike'), "
            "('p06', 'p05', 'exact', 1.0, 'merged', 'the same'), "
            "('p10', 'p01', 'near', 0.81, 'contradiction', 'the numbers differ')"
        )
        for finding, subject, subject_id, name, message, evidence, score in (
            ("s1", "pair", "p03", "style_outlier", "The answer does not read like the others.", STYLE, 4.0),
            ("s2", "set", "set", "style_split", "Two hands wrote this.", SPLIT, 1.2),
            ("h1", "chunk", "c2", "coverage_hole", "No pair asks about refunds above 500 euros.", {}, 0.9),
        ):
            con.execute(
                "INSERT INTO store.findings VALUES (?, ?, ?, ?, 'info', ?, ?, ?)",
                [finding, subject, subject_id, name, message, json.dumps(evidence), score],
            )
        for number, (_, _, _, question, answer, _, _) in enumerate(PAIRS):
            vector = [float(number % 2), number / 10, (number * 7 % 5) / 5, 0.3]
            con.execute("INSERT INTO store.embeddings VALUES ('m', ?, ?)", [sha256(f"{question}\n{answer}"), vector])
        con.execute("INSERT INTO store.runs VALUES (?, NULL, 's1', 'base', 'lora', 'finished', NULL)", [RUN])
        for item, role, suite, document, pair, prompt, reference, base, tuned in ITEMS:
            con.execute(
                "INSERT INTO store.items (item_id, snapshot_id, role, suite, document_id, pair_id, prompt, reference) "
                "VALUES (?, 's1', ?, ?, ?, ?, ?, ?)",
                [item, role, suite, document, pair, prompt, reference],
            )
            metric = "correct" if role == "general" else "nll_per_token"
            for model, value in (("base", base), ("tuned", tuned)):
                con.execute("INSERT INTO store.scores VALUES (?, ?, ?, ?, ?)", [RUN, model, item, metric, value])
        con.execute(
            "INSERT INTO store.outputs VALUES (?, 'base', 'i2', ?), (?, 'tuned', 'i2', ?)",
            [RUN, "わかりません。", RUN, "十日以内です。"],
        )


def check(name: str, **values: Any) -> Check:
    defaults: dict[str, Any] = {
        "title": name.replace("_", " "), "status": "pass", "severity": "block", "value": 0.0, "unit": "pairs",
        "op": "<=", "limit": 0.0, "message": f"{name} is fine.",
    }  # fmt: skip
    return Check(id=name, **(defaults | values))


CHECKS = (
    check("duplicates", status="fail", value=2.0, message="Two pairs say the same.",
          remedy="Reject one of them in review.", evidence=Evidence(ids=("p01", "p02")), n=11),
    check("short_answers", status="warn", severity="warn", value=0.18, unit="share", limit=0.15,
          message="Short answers are common.", interval=Interval(0.05, 0.4), level=0.95, n=11, clusters=3,
          evidence=Evidence(sql="SELECT pair_id, answer FROM pairs WHERE length(answer) < 5 ORDER BY pair_id")),
    check("test_groups", status="inconclusive", value=3.0, unit="groups", op=">=", limit=6.0, message="Too few groups.",
          evidence=Evidence(sql="SELECT count(*) AS n FROM documents")),
    check("licence", status="waived", value=None, unit="", limit=None, message="No licence is stated.",
          waiver=Waiver("licence", "ada", "our own text", "2031-01-01")),
    check("overlap"),
    check("hostile", status="warn", evidence=Evidence(sql="DROP TABLE store.decisions")),
)  # fmt: skip
VERDICT = Verdict("data", "s1", "FAIL", ("duplicates",), "2026-11-20T22:00:00", "0" * 64, CHECKS)


def store_verdict(workspace: Workspace) -> None:
    with workspace.write() as con:
        con.execute(
            "INSERT INTO store.verdicts VALUES (?, 'data', 's1', ?, '2026-11-20 22:00:00', ?, ?)",
            [VERDICT.verdict_id, VERDICT.verdict, VERDICT.policy_sha256, canonical_json(VERDICT.to_document())],
        )


CHARACTERS = {"space": " ", "slash": "/", "backslash": "\\", "percent_sign": "%", "question_mark": "?"}
TRUECOLOR = Console(color_system="truecolor", force_terminal=True)


class Recorder(ReviewApp):
    """The review, noting what each frame sends to the terminal."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.frames: list[str] = []

    def _display(self, screen: Any, renderable: Any) -> None:
        if screen is self.screen and hasattr(renderable, "render_segments"):
            self.frames.append(renderable.render_segments(TRUECOLOR))
        super()._display(screen, renderable)


Review = tuple[Recorder, Pilot[None]]


@asynccontextmanager
async def review(workspace: Workspace, size: tuple[int, int] = WIDE, **options: Any) -> AsyncIterator[Review]:
    app = Recorder(workspace, "ada", **options)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until no worker runs and every message is handled; without the tenths of a second that a pause waits."""
    app = pilot.app
    for _ in range(8):
        while any(not worker.is_finished for worker in app.workers):
            await asyncio.sleep(0.002)
        if isinstance(app, ReviewApp) and app.is_running:
            # A key that waits for the workspace is handled when the work queued for it is done, however slow the disk.
            await asyncio.wait([asyncio.wrap_future(app.desk._thread.submit(_nothing))], timeout=5.0)
        await pilot.pause(0)


def _nothing() -> None:
    """Be done when everything queued before is."""


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Send keys as a terminal does, each once the one before was handled."""
    driver = pilot.app._driver
    assert driver
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        char = key if len(key) == 1 else CHARACTERS.get(key)
        driver.send_message(events.Key(name, char))
        await settle(pilot)


def lines(app: ReviewApp) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def told(app: ReviewApp) -> str:
    """Return what the line above the keys says, as one line however many it takes."""
    return told_in(app)


def told_in(app: App[Any]) -> str:
    return " ".join(app.screen_stack[0].query_one(StateLine).text.split())


async def asked(app: ReviewApp, sql: str) -> list[tuple[Any, ...]]:
    return await app.desk.run(lambda con: con.execute(sql).fetchall())


async def status(app: ReviewApp, pair: str) -> str:
    return str((await asked(app, f"SELECT status FROM pairs WHERE pair_id = '{pair}'"))[0][0])


def hold(workspace: Workspace) -> subprocess.Popen[bytes]:
    """Start a process that holds the workspace until its input ends."""
    program = f"import duckdb; c = duckdb.connect({str(workspace.database)!r}); print(flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"\n"
    return holder
