"""A workspace with a frozen set and a finished run over a tiny random model, judged as a test wants it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.families import make_family
from tests.tiny_model import make_adapter, user_item
from tuneproof.datasets.verdict.verdict import Check, Interval, Outcome, Verdict
from tuneproof.datasets.workspace import snapshots, verdicts
from tuneproof.datasets.workspace.atomic import write_json_atomic
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Split
from tuneproof.datasets.workspace.snapshots import SnapshotRow, freeze
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.train.base_facts import base_hashes

RUN = "run-1"
SYSTEM = "You answer questions about kettles."
_SIDES: tuple[tuple[Split, int], ...] = (("train", 24), ("validation", 8), ("test", 6))


def make_tuned(
    root: Path, outcome: Outcome | None = "PASS", family: str = "llama", *, talks: bool = False, validation: bool = True
) -> Workspace:
    """Return a workspace whose newest run has the verdict ``outcome`` (None: never judged).

    ``talks``: among the rows are longer conversations and ones without a system text.
    """
    length = 256 if talks else 64
    workspace = Workspace.init(root, f'[base]\nmodel = "base"\n[train]\nbatch_size = 4\nmax_length = {length}\n')
    exchange = _talk if talks else _exchange
    sides = [(side, count) for side, count in _SIDES if validation or side != "validation"]
    base = make_family(root / "base", family)
    rows = [SnapshotRow(side, exchange(side, n), _lineage(side, n)) for side, count in sides for n in range(count)]
    frozen = freeze(workspace.snapshots_dir, rows, [user_item("heldout", 0, 0)], {"seed": 0, "system_prompt": SYSTEM})
    folder = workspace.runs_dir / RUN
    folder.mkdir(parents=True)
    make_adapter(base, folder / "adapter", 0.2)
    request = {"run_id": RUN, "snapshot": str(frozen.path), "snapshot_id": frozen.snapshot_id, "base": str(base),
               "override": None, "parent_id": None, "train": {"method": "lora"}, "created_at": "2026"}  # fmt: skip
    write_json_atomic(folder / "request.json", request)
    settings = {"epochs": 3.0, "learning_rate": 3e-4, "rank": 4, "alpha": 8, "batch_size": 4, "seed": 0}
    manifest = {"base": {"name": str(base), "files": base_hashes(base)}, "settings": settings, "override": None}
    write_json_atomic(folder / "manifest.json", manifest)
    write_json_atomic(folder / "status.json", {"state": "finished"})
    with workspace.write() as connection:
        snapshots.record(connection, frozen, workspace.root)
        connection.execute("INSERT INTO store.sources VALUES ('kettles', '/docs', 'Apache-2.0', now()::TIMESTAMP)")
        verdicts.record(connection, _verdict("data", frozen.snapshot_id, "PASS"))
        if outcome is not None:
            verdicts.record(connection, _verdict("model", RUN, outcome))
    return workspace


def _exchange(side: str, number: int) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"What does part {number} of the {side} kettle do?"},
        {"role": "assistant", "content": f"Part {number} boils “water” for\n\n```sh\nkettle --{side} {number}\n```"},
    ]


def _talk(side: str, number: int) -> list[dict[str, str]]:
    """One exchange or two, with a system text or without, in several scripts."""
    before = [
        {"role": "user", "content": f"Ist Teil {number} heiß? 热吗? 🙂"},
        {"role": "assistant", "content": f"  Ja: {number} °C, naïvely.\r\n"},
    ]
    row = _exchange(side, number)
    head, rest = row[: number % 3 % 2], row[1:]
    return [*head, *(before if number % 2 else []), *rest]


def _lineage(side: str, number: int) -> dict[str, object]:
    return {
        "pair_id": digest(side, number), "chunk_ids": ["c"], "spans": [[0, 9]], "document_id": side,
        "source": "kettles", "path": f"{side}.md", "sha256": "0" * 64, "case_type": "what_is",
        "generator": "prose.section",
        "origin": "template", "status": "accepted" if number % 2 else "pending",
    }  # fmt: skip


def _verdict(kind: str, subject: str, outcome: Outcome) -> Verdict:
    status = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "inconclusive"}[outcome]
    check = Check(
        "D4.overfitting", "Share of the gain that reaches unseen documents", status, "block", 0.43, "share", ">=", 0.1,  # type: ignore[arg-type]
        "Measured on held-out documents.", Interval(0.31, 0.52), 0.95, 60, 12,
    )  # fmt: skip
    return Verdict(
        kind=kind,  # type: ignore[arg-type]
        subject_id=subject,
        verdict=outcome,
        cause=() if outcome == "PASS" else ("overfitting",),
        as_of=datetime.now(UTC).isoformat(timespec="seconds"),
        policy_sha256="f" * 64,
        checks=(check,),
    )
