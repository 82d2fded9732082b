"""A workspace with a history, made in seconds: real text, plausible figures, real gates.

Documents are modules of the running Python's standard library, pairs are made of their docstrings, and the data
verdict comes from the data gate itself. Scores of base and tuned are drawn, then judged by the model gate. Some of
the text is hostile on purpose.
"""

from __future__ import annotations

import ast
import json
import random
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.curate.freeze import gate_data
from tuneproof.datasets.bundled.suites import SUITES
from tuneproof.datasets.bundled.texts import general_texts
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace.atomic import append_jsonl, write_json_atomic
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.identity import chunk_id, digest, document_id, pair_id, sha256
from tuneproof.datasets.workspace.records import Item, Score
from tuneproof.datasets.workspace.runs import ingest
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.evaluate.judge import Run, judge_model
from tuneproof.evaluate.sanity import Templates

if TYPE_CHECKING:
    import duckdb

MODULES = (
    "argparse", "asyncio/queues", "base64", "bisect", "calendar", "cmd", "codecs", "collections/__init__",
    "configparser", "contextlib", "copy", "csv", "dataclasses", "datetime", "difflib", "email/message", "enum",
    "fileinput", "fnmatch", "fractions", "functools", "glob", "gzip", "heapq", "html/parser", "http/client",
    "inspect", "ipaddress", "json/__init__", "json/encoder", "logging/__init__", "mailbox", "mimetypes", "netrc",
    "locale", "pickle", "platform", "pprint", "queue", "random", "sched", "shelve", "shutil", "smtplib",
    "socketserver", "statistics", "string", "subprocess", "tarfile", "tempfile", "textwrap", "threading", "timeit",
    "tokenize", "traceback", "typing", "unittest/case", "urllib/parse", "urllib/request", "uuid", "wave", "weakref",
    "webbrowser", "zipapp",
)  # fmt: skip
HOSTILE = (
    ("<script>alert('owned')</script>", "</style><img src=x onerror=alert(1)>"),
    ("What does \u202egnp.exe\u202c do?", "A bell \x07, an escape \x1b[31mred\x1b[0m and a NUL \x00 end."),
    ("{{ 7 * 7 }} and {% raw %}", "</script><script>location='http://example.com'</script> @everyone ![x](http://e)"),
    ("| a | table | row |\n|---|---|---|", "`` ` `` # heading\n\n> quote\n* list [link](javascript:alert(1))"),
)
_QUESTIONS = {
    "what_is": "What is {name} for?",
    "how_to": "How do I use {name}?",
    "parameter": "What does {name} take?",
    "default": "What is the default in {name}?",
    "error": "When does {name} raise an error?",
    "limit": "What are the limits of {name}?",
    "negation": "What does {name} not do?",
}
_STATUSES = ("accepted",) * 14 + ("pending",) * 6 + ("rejected",)


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a planted run behaves: gains and rises in nats a token, the drop of suites as a share of items."""

    train_gain: float = 1.45
    held_gain: float = 1.05
    text_rise: float = 0.022
    suite_drop: float = 0.002
    eval_turns: bool = False
    override: str | None = None
    look: int = 1


HEALTHY = Ladder()
OVERFIT = Ladder(4.4, 0.12, 0.55, 0.12, eval_turns=True, override="Show <b>what</b> fifteen pairs do", look=3)


def fill_workspace(root: Path, *, modules: Sequence[str] = MODULES, hostile: bool = True) -> Workspace:
    """Make a workspace in ``root`` as if ``add``, ``build`` and some ``review`` had run."""
    root.mkdir(parents=True, exist_ok=True)
    Workspace.init(root)
    workspace = Workspace.find(root)
    with workspace.write() as con:
        _fill(con, root, modules, hostile)
    return workspace


def gated(workspace: Workspace) -> Verdict:
    """Freeze and judge the set with the data gate."""
    return gate_data(workspace)[0]


def judged(workspace: Workspace, data: Verdict, ladder: Ladder, seed: int = 0) -> Verdict:
    """Write a run's folder with drawn scores, let the model gate judge them, and take it all in."""
    rng = random.Random(seed)
    run_id = digest("run", seed, repr(ladder))
    snapshot = workspace.snapshots_dir / data.subject_id
    folder = workspace.runs_dir / run_id
    (folder / "evaluation").mkdir(parents=True)
    own = load_snapshot(snapshot).items()
    items = [*own, *_general_items(120), *_text_items()]
    scores = list(_scores(items, ladder, rng))
    curve = _training(folder, run_id, data, ladder, rng)
    run = Run(run_id, Templates("a" * 64, "a" * 64), curve, ladder.override)
    verdict = judge_model(items, scores, Config(), run, ladder.look, "2026-11-20T22:41:07+00:00")
    evaluation = folder / "evaluation"
    append_jsonl(evaluation / "items.jsonl", [asdict(item) for item in items])
    append_jsonl(evaluation / "scores.jsonl", [asdict(score) for score in scores])
    append_jsonl(evaluation / "outputs.jsonl", list(_outputs(own, rng)))
    write_json_atomic(evaluation / "verdict.json", verdict.to_document())
    write_json_atomic(evaluation / "status.json", {"state": "finished"})
    with workspace.write() as con:
        ingest(con, workspace.runs_dir)
    return verdict


def _fill(con: duckdb.DuckDBPyConnection, root: Path, modules: Sequence[str], hostile: bool) -> None:
    rng = random.Random(7)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (
        "sources", "documents", "chunks", "pairs", "pair_chunks", "placements", "judgements", "duplicates", "clusters",
        "findings")}  # fmt: skip
    rows["sources"] = [
        {"source": "python", "location": "python:stdlib", "licence": "PSF-2.0", "added_at": "2026-11-18 09:12:00"},
        {"source": "notes", "location": "../notes/<internal>", "licence": None, "added_at": "2026-11-19 17:40:00"},
    ]
    for at, module in enumerate(modules):
        _document(rows, module, at, rng)
    if hostile:
        _hostile(rows)
    _fates(rows, rng)
    for table, found in rows.items():
        _load(con, root, table, found)


def _document(rows: dict[str, list[dict[str, Any]]], module: str, at: int, rng: random.Random) -> None:
    text = (Path(sysconfig.get_paths()["stdlib"]) / f"{module}.py").read_text("utf-8")
    path, document = f"{module}.py", document_id("python", f"{module}.py")
    rows["documents"].append({
        "document_id": document, "source": "python", "path": path, "format": "python", "sha256": sha256(text),
        "bytes": len(text.encode()), "title": module, "state": "current", "reason": None, "content": text,
    })  # fmt: skip
    rows["clusters"].append({"cluster_id": at, "title": module.replace("/", ", "), "size": 0})
    split = ("test", "test", "validation", *["train"] * 7)[at % 10]
    dotted = module.removesuffix("/__init__").replace("/", ".")
    for ordinal, (name, docstring) in enumerate(_docstrings(text)):
        start = text.encode().find(docstring.encode()[:40])
        chunk = chunk_id(document, (module, name), "function", docstring, ordinal)
        rows["chunks"].append({
            "chunk_id": chunk, "document_id": document, "ordinal": ordinal, "kind": "function",
            "heading_path": [module, name], "start_byte": max(start, 0), "end_byte": max(start, 0) + len(docstring),
            "locator": None, "text": docstring, "tokens": len(docstring) // 3, "warning": None,
        })  # fmt: skip
        kind = rng.choices(tuple(_QUESTIONS), (9, 8, 6, 3, 3, 2, 1))[0]
        question = _QUESTIONS[kind].format(name=f"`{dotted}.{name}`")
        _pair(rows, chunk, document, f"python.{kind}", kind, question, docstring, split, at)


def _pair(
    rows: dict[str, list[dict[str, Any]]], chunk: str | None, document: str | None, generator: str, kind: str,
    question: str, answer: str, split: str, cluster: int,
) -> None:  # fmt: skip
    identity = pair_id(chunk, generator, question)
    rows["pairs"].append({
        "pair_id": identity, "chunk_id": chunk, "document_id": document, "question": question, "answer": answer,
        "case_type": kind, "generator": generator, "origin": "template" if chunk else "import", "stale": False,
        "tokens": len(question + answer) // 3 + 12,
    })  # fmt: skip
    rows["pair_chunks"].append({"pair_id": identity, "chunk_id": chunk or "", "ordinal": 0})
    role = {"train": "train", "validation": "selection", "test": "heldout"}[split]
    rows["placements"].append({
        "pair_id": identity, "selected": True, "reason": "within its quota", "role": role, "split": split,
        "cluster_id": cluster, "split_group": document or f"pair {identity}",
    })  # fmt: skip


def _hostile(rows: dict[str, list[dict[str, Any]]]) -> None:
    for question, answer in HOSTILE:
        _pair(rows, None, None, "import", "ambiguous", question, answer, "test", 0)
        _pair(rows, None, None, "import", "unanswerable", f"Or rather: {question}", "No, " * 8 + answer[::-1],
              "train", 0)  # fmt: skip
        rows["findings"].append({
            "finding_id": digest("hostile", question), "subject": "pair", "subject_id": rows["pairs"][-1]["pair_id"],
            "check_name": "markup", "severity": "warn", "message": f"Holds markup: {answer}", "evidence": None,
            "score": 0.5,
        })  # fmt: skip


def _fates(rows: dict[str, list[dict[str, Any]]], rng: random.Random) -> None:
    """Give pairs a review, some duplicates, findings, and reasons to be left out."""
    for place, pair in zip(rows["placements"], rows["pairs"], strict=True):
        if pair["chunk_id"] and rng.random() < 0.18:
            place.update(selected=False, reason=f"over budget: 40 of 90 {pair['case_type']} pairs of train went in")
        elif pair["chunk_id"] and place["split"] == "test" and rng.random() < 0.03:
            place.update(selected=False, split=None, role=None, reason="held out, then dropped because 91% alike")
        if rng.random() < 0.3:
            status = rng.choice(_STATUSES)
            rows["judgements"].append({"pair_id": pair["pair_id"], "status": status, "question": None, "answer": None})
        pair["stale"] = bool(pair["chunk_id"]) and rng.random() < 0.01
    ids = [pair["pair_id"] for pair in rows["pairs"] if pair["chunk_id"]]
    for state, kind, amount in (("merged", "exact", 9), ("suggested", "near", 6), ("variant", "near", 4),
                                ("contradiction", "same_question", 2)):  # fmt: skip
        for _ in range(min(amount, len(ids) // 8)):
            one, two = rng.sample(ids, 2)
            score = 1.0 if kind == "exact" else rng.uniform(0.85, 0.97)
            reason = "equal question and answer" if kind == "exact" else "wording alike, names differ"
            rows["duplicates"].append(
                {"pair_id": one, "kept_id": two, "kind": kind, "score": score, "state": state, "reason": reason}
            )
    for at, one in enumerate(rng.sample(ids, min(12, len(ids) // 4))):
        name, severity, said = ("not_self_contained", "warn", "The answer speaks of 'this function'.")
        if at % 4 == 0:
            name, severity, said = "secret", "block", "The answer holds what looks like an API key."
        rows["findings"].append({"finding_id": digest("finding", at), "subject": "pair", "subject_id": one,
                                 "check_name": name, "severity": severity, "message": said, "evidence": None,
                                 "score": rng.random()})  # fmt: skip


def _docstrings(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found = ast.get_docstring(node)
            if found and len(found) > 60:
                yield node.name, found[:420]


def _load(con: duckdb.DuckDBPyConnection, root: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    path = root / f".{table}.json"
    path.write_text(json.dumps(list(rows)), "utf-8")
    columns = ", ".join(f'"{name}"' for name in rows[0])
    con.execute(f"INSERT INTO store.{table} BY NAME SELECT {columns} FROM read_json(?, maximum_object_size=9000000)",
                [str(path)])  # fmt: skip
    path.unlink()


def _general_items(each: int) -> list[Item]:
    return [
        Item(digest(suite, at), "general", suite, f"{suite}-{at % 4}", f"{suite} {at}", " yes", None, None, None,
             (" yes", " no"))
        for suite in SUITES for at in range(each)
    ]  # fmt: skip


def _text_items() -> list[Item]:
    return [
        Item(digest("text", text.document), "text", text.collection, text.document, "", text.text[:800])
        for text in general_texts()
    ]


def _scores(items: Sequence[Item], ladder: Ladder, rng: random.Random) -> Iterator[Score]:
    lean = {item.cluster: rng.gauss(0, 0.28) for item in items}
    gains = {"train": ladder.train_gain, "selection": ladder.held_gain, "heldout": ladder.held_gain,
             "text": -ladder.text_rise}  # fmt: skip
    for item in items:
        if item.role == "general":
            right = rng.random() < 0.55 + 0.4 * (SUITES.index(item.suite) / len(SUITES))
            kept = right and rng.random() > ladder.suite_drop * 1.4
            gained = not right and rng.random() < 0.012
            yield Score("base", item.item_id, "correct", float(right))
            yield Score("tuned", item.item_id, "correct", float(kept or gained))
            continue
        spread = 0.02 if item.role == "text" else 0.3
        base = 3.5 + rng.gauss(0, 0.25) if item.role == "text" else 4.7 + rng.gauss(0, 0.5)
        wobble = lean[item.cluster] * (0.05 if item.role == "text" else 1.0)
        tuned = max(0.02, base - gains[item.role] - wobble + rng.gauss(0, spread))
        yield Score("base", item.item_id, "nll_per_token", round(base, 6))
        yield Score("tuned", item.item_id, "nll_per_token", round(tuned, 6))


def _training(
    folder: Path, run_id: str, data: Verdict, ladder: Ladder, rng: random.Random
) -> tuple[tuple[int, float], ...]:
    steps = 112
    loss = [{"step": step, "name": "loss", "value": 4.7 - ladder.train_gain * (1 - 0.96**step) + rng.gauss(0, 0.06)}
            for step in range(1, steps + 1, 2)]  # fmt: skip
    turn = 0.9 if ladder.eval_turns else 0.0
    curve = tuple((step, round(4.75 - ladder.held_gain * (1 - 0.95**step) + turn * (step / steps) ** 2, 4))
                  for step in range(0, steps + 1, 16))  # fmt: skip
    append_jsonl(folder / "metrics.jsonl", loss)
    append_jsonl(folder / "metrics.jsonl", [{"step": s, "name": "eval_loss", "value": v} for s, v in curve])
    settings = {"epochs": 3.0, "learning_rate": 5e-4, "rank": 16, "alpha": 32, "batch_size": 16, "seed": 0,
                "steps": steps, "reasons": {"epochs": "3 for 600 pairs: <under> 2,000"}}  # fmt: skip
    write_json_atomic(folder / "request.json", {
        "run_id": run_id, "snapshot_id": data.subject_id, "base": "tuneproof-base", "train": {"method": "lora"},
        "override": ladder.override, "parent_id": None,
    })  # fmt: skip
    write_json_atomic(folder / "status.json", {"state": "finished"})
    write_json_atomic(folder / "manifest.json", {
        "schema": "tuneproof.manifest/1", "run_id": run_id, "method": "lora", "override": ladder.override,
        "versions": {"python": "3.11.9", "torch": "2.13.0", "peft": "0.21.2"},
        "hardware": {"processor": "two cores", "cores": 2, "memory_bytes": 8 << 30, "device": "cpu"},
        "base": {"name": "tuneproof-base", "files": {"model.safetensors": "b" * 64}}, "settings": settings, "seed": 0,
        "rows": {"pairs": 598, "trained_pairs": 596, "truncated": 2, "replay": 300, "selection": 71},
        "replay": {"source": "base", "tokens": 96}, "tokens": {"seen": 301_442}, "steps": steps,
        "losses": {"last_loss": 3.11, "best_eval_step": None},
        "seconds": {"load": 1.9, "train": 57.31, "evaluate": 4.2}, "peak_memory": {"resident_bytes": 812 << 20},
    })  # fmt: skip
    return curve


def _outputs(items: Sequence[Item], rng: random.Random) -> Iterator[dict[str, str]]:
    for role, amount in (("heldout", 24), ("train", 8)):
        ranked = sorted((item for item in items if item.role == role), key=lambda item: digest("shown", item.item_id))
        for item in ranked[:amount]:
            words = item.reference.split()
            yield {
                "model": "base",
                "item_id": item.item_id,
                "text": " ".join(rng.choices(words, k=min(18, len(words)))),
            }
            yield {"model": "tuned", "item_id": item.item_id, "text": " ".join(words[: rng.randint(6, 30)])}
