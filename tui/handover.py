"""``export``: the rows, or the model, as another program wants them. Composed here because it needs every floor.

Knows what goes into a folder for each target and what stands in the way of a model. What a target's files look like
is the business of the exchange room, what a card says that of the reports.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.exchange.chat_hosts import openai, together
from tuneproof.datasets.exchange.handoff import (
    TRIALS,
    Handoff,
    Recipe,
    Rows,
    messages_lines,
    place_folder,
    read_rows,
    readme,
    write_files,
)
from tuneproof.datasets.exchange.llama_factory import llama_factory
from tuneproof.datasets.exchange.trainers import axolotl, mlx, trl, unsloth
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace import snapshots, verdicts
from tuneproof.datasets.workspace.atomic import read_jsonl, write_json_atomic
from tuneproof.datasets.workspace.bases import BUNDLED, base_folder
from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.datasets.workspace.identity import sha256
from tuneproof.datasets.workspace.removals import refuse_marked
from tuneproof.datasets.workspace.snapshots import Snapshot
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.reports.cards import DatasetFacts, dataset_card
from tuneproof.reports.croissant import croissant

ROW_TARGETS: Mapping[str, Callable[[Rows, Recipe], Handoff]] = {
    "axolotl": axolotl,
    "unsloth": unsloth,
    "mlx": mlx,
    "llama-factory": llama_factory,
    "trl": trl,
    "openai": openai,
    "together": together,
}
MODEL_TARGETS = ("gguf", "ollama")
TARGETS = (*ROW_TARGETS, *MODEL_TARGETS, "hf")
SCHEMA = "tuneproof.export/1"
_LICENCES = "SELECT source, licence FROM sources"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; ``run`` None is the newest, ``override`` why a model leaves despite its verdict."""

    target: str
    out: Path
    run: str | None = None
    precision: str = "f16"
    override: str | None = None
    rows_only: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What lies in ``out`` now: the command that uses it, and what can't be done with it there."""

    target: str
    out: str
    command: str
    limits: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """The newest snapshot with its rows, their lineage and its verdict."""

    snapshot: Snapshot
    rows: Rows
    lineage: Sequence[Mapping[str, Any]]
    verdict: Verdict | None
    licences: Mapping[str, str | None]


def export(workspace: Workspace, wish: Wish) -> Exported:
    """Write the folder that ``wish`` asks for, whole or not at all.

    Raises:
        UsageError: an unknown target, or a folder that is not empty.
        DataError: there is no snapshot or run, or its rows do not fit the target.
        GateRefused: the model did not pass and no reason was given.
        ModelError: the model can't be written for the target exactly.
    """
    from tuneproof.tui.model_handover import export_hf, export_model

    if wish.target not in TARGETS:
        raise UsageError(f"There is no target {wish.target!r}.", f"Choose one of: {', '.join(TARGETS)}")
    if wish.target in MODEL_TARGETS:
        return export_model(workspace, wish)
    if wish.target == "hf":
        return export_hf(workspace, wish)
    frozen = read_frozen(workspace, override=wish.override)
    base = base_folder(workspace.config.base.model, workspace.root)
    recipe = make_recipe(workspace, base, len(frozen.rows.train))
    handoff = ROW_TARGETS[wish.target](frozen.rows, recipe)

    def fill(folder: Path) -> None:
        write_files(folder, {**handoff.files, "README.md": readme(handoff, recipe.base, in_words(frozen.verdict))})
        shutil.copyfile(frozen.snapshot.path / "lineage.jsonl", folder / "lineage.jsonl")
        if recipe.base == "./base" and any("./base" in text for text in handoff.files.values()):
            shutil.copytree(base, folder / "base")
        settings = {**asdict(recipe), "template": sha256(recipe.template)}
        del settings["written"]
        about = {"base": recipe.base, "settings": settings}
        write_json_atomic(folder / "tuneproof.json", sidecar(handoff, frozen.snapshot, frozen.verdict, about))

    place_folder(wish.out, fill, force=wish.force)
    return Exported(wish.target, str(wish.out), handoff.command, handoff.limits, handoff.facts)


def read_frozen(workspace: Workspace, snapshot_id: str | None = None, override: str | None = None) -> Frozen:
    """Return a snapshot (the newest if None) with what is known of it.

    Raises:
        DataError: there is none, or its files have changed.
        GateRefused: a source of it was removed since, and no override was given.
    """
    with workspace.read() as connection:
        refuse_marked(connection, snapshot_id or snapshots.newest_id(connection), override, "export --to TARGET")
        if snapshot_id is None:
            snapshot = snapshots.newest(connection, workspace.root)
        else:
            snapshot = snapshots.load_snapshot(workspace.snapshots_dir / snapshot_id)
        verdict = verdicts.of_subject(connection, "data", snapshot.snapshot_id)
        licences: dict[str, str | None] = dict(connection.execute(_LICENCES).fetchall())
    lineage = read_jsonl(snapshot.path / "lineage.jsonl")
    return Frozen(snapshot, read_rows(snapshot), lineage, verdict, licences)


def make_recipe(workspace: Workspace, base: Path, pairs: int) -> Recipe:
    """Return the settings that this workspace would train ``pairs`` pairs with, for trainers that replay nothing.

    Raises:
        ModelError: the base has no chat template.
    """
    from transformers import AutoTokenizer

    from tuneproof.datasets.workspace.errors import ModelError
    from tuneproof.train.base_facts import read_architecture
    from tuneproof.train.settings import resolve
    from tuneproof.tui.quiet import hush_libraries

    hush_libraries()
    train = workspace.config.train
    settings = resolve(train, pairs, pairs, read_architecture(base).parameters)
    tokenizer: Any = AutoTokenizer.from_pretrained(base, local_files_only=True, trust_remote_code=False)
    if not isinstance(tokenizer.chat_template, str):
        raise ModelError(f"{base} has no chat template.", "Use the instruct version of the base.")
    return Recipe(
        base=base_name(workspace, base),
        family=_model_type(base),
        template=tokenizer.chat_template,
        written=_written(tokenizer),
        quantised=str(train.method) == "qlora",
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        rank=settings.rank,
        alpha=settings.alpha,
        batch_size=settings.batch_size,
        max_length=settings.max_length,
        warmup=train.warmup,
        weight_decay=settings.weight_decay,
        seed=settings.seed,
    )


def base_name(workspace: Workspace, base: Path) -> str:
    """Return how a configuration names the base; the bundled one is copied along, a folder is absolute."""
    model = workspace.config.base.model
    if model == BUNDLED:
        return "./base"
    return str(base) if (workspace.root / Path(model).expanduser()).is_dir() else model


def sidecar(handoff: Handoff, snapshot: Snapshot, verdict: Verdict | None, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``tuneproof.json`` says: where everything comes from, and the command again."""
    judged = None
    if verdict is not None:
        judged = {"verdict": verdict.verdict, "verdict_id": verdict.verdict_id, "cause": list(verdict.cause)}
    return {
        "schema": SCHEMA,
        "target": handoff.target,
        "snapshot": {"id": snapshot.snapshot_id, "sha256": snapshot.sha256, "counts": dict(snapshot.counts)},
        "data_verdict": judged,
        "command": handoff.command,
        "limits": list(handoff.limits),
        "facts": dict(handoff.facts),
        **about,
    }


def in_words(verdict: Verdict | None) -> str:
    """Return a data verdict as a sentence."""
    from tuneproof.reports.summary import one_line

    return "The data was never judged." if verdict is None else f"Data verdict: {verdict.verdict}. {one_line(verdict)}"


def write_dataset(workspace: Workspace, frozen: Frozen, folder: Path) -> None:
    """Write a dataset folder in Hugging Face's form: rows, lineage, card and Croissant description."""
    splits = {"train": frozen.rows.train, "validation": frozen.rows.validation, "test": frozen.rows.test}
    texts = {split: messages_lines(rows) for split, rows in splits.items() if rows}
    facts = dataset_facts(workspace, frozen)
    files = {f"data/{split}.jsonl": text for split, text in texts.items()}
    write_files(folder, {**files, "README.md": dataset_card(facts, frozen.verdict)})
    shutil.copyfile(frozen.snapshot.path / "lineage.jsonl", folder / "lineage.jsonl")
    hashes = {split: sha256(text) for split, text in texts.items()}
    described = croissant(facts, hashes, url="https://huggingface.co/datasets", creator="the workspace's owner")
    write_json_atomic(folder / "croissant.json", described)


def dataset_facts(workspace: Workspace, frozen: Frozen) -> DatasetFacts:
    """Return what a card says of a snapshot, counted from its own lineage."""
    count = {key: Counter(str(row[key]) for row in frozen.lineage) for key in ("source", "origin", "case_type")}
    sources = [(name, frozen.licences.get(name), rows) for name, rows in sorted(count["source"].items())]
    return DatasetFacts(
        name=f"{workspace.root.name} {frozen.snapshot.snapshot_id}",
        snapshot_id=frozen.snapshot.snapshot_id,
        sha256=frozen.snapshot.sha256,
        created_at=frozen.snapshot.created_at,
        language=workspace.config.goal.language,
        counts=frozen.snapshot.counts,
        sources=sources,
        origins=dict(sorted(count["origin"].items())),
        case_types=dict(count["case_type"].most_common()),
        reviewed=sum(row.get("status") == "accepted" for row in frozen.lineage),
        sensitive=workspace.config.goal.sensitive_domain,
    )


def _written(tokenizer: Any) -> tuple[str, ...]:
    from jinja2.exceptions import TemplateError

    try:
        return tuple(str(tokenizer.apply_chat_template(list(row), tokenize=False)) for row in TRIALS)
    except (TemplateError, ValueError, TypeError):
        return ()


def _model_type(base: Path) -> str:
    from tuneproof.datasets.workspace.atomic import read_json

    return str(read_json(base / "config.json").get("model_type", ""))
