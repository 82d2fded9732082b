"""A tuned model on its way out: merged, as GGUF, or as an adapter, with a card that carries its verdict.

Knows what a model's verdict must be before it leaves, and which files each form has.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.exchange.handoff import Handoff, place_folder, write_files
from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.datasets.workspace import verdicts
from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.bases import BUNDLED, base_folder
from tuneproof.datasets.workspace.errors import DataError, GateRefused, ModelError, UsageError
from tuneproof.datasets.workspace.runs import newest_run
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.reports.card_evidence import licensed
from tuneproof.reports.cards import UNKNOWN_LICENCE, ModelFacts, model_card
from tuneproof.reports.evidence import gather
from tuneproof.tui.handover import Exported, Frozen, Wish, read_frozen, sidecar, write_dataset
from tuneproof.tui.road import finished_run, take_in

if TYPE_CHECKING:
    from tuneproof.datasets.exchange.gguf_model import GgufFile
    from tuneproof.evaluate.selftest.tally import Rate

#: Where `tuneproof selftest` records its trials unless told otherwise.
SELFTEST = "selftest"
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


@dataclass(frozen=True, slots=True)
class Tuned:
    """A finished run that may leave: its base's folder and name, its manifest, verdict and the reason if overridden."""

    run_id: str
    base: Path
    base_name: str
    product: Path
    manifest: Mapping[str, Any]
    verdict: Verdict | None
    override: str | None
    frozen: Frozen

    @property
    def adapter(self) -> Path | None:
        """The adapter's folder; None where the run trained weights of the base itself."""
        return self.product if (self.product / ADAPTER_FILES[0]).is_file() else None

    @property
    def weights(self) -> Path:
        """The folder of the whole model that leaves once the adapter, if there is one, is merged into it."""
        return self.base if self.adapter else self.product


def admit_model(workspace: Workspace, wish: Wish) -> Tuned:
    """Return the run that was asked for if its verdict lets it leave.

    Raises:
        DataError: there is no such run, or it is not finished.
        GateRefused: it did not pass, or was never judged, and no reason was given.
        ModelError: the base is no longer what the adapter was trained on.
    """
    from tuneproof.train.base_facts import base_hashes
    from tuneproof.train.progress import RunFolder

    folder = finished_run(workspace, wish.run)
    take_in(workspace)
    with workspace.read() as connection:
        verdict = verdicts.of_subject(connection, "model", folder.name)
    if (verdict is None or verdict.verdict != "PASS") and not wish.override:
        raise _refusal(folder.name, verdict)
    request, manifest = read_json(folder / "request.json"), read_json(folder / "manifest.json")
    base = Path(request["base"])
    if not base.is_dir():
        base = base_folder(workspace.config.base.model, workspace.root)
    if manifest["base"].get("files") and manifest["base"]["files"] != base_hashes(base):
        raise ModelError(f"{base} is not the base that run {folder.name} was trained on.", "Put that base back.")
    override = wish.override if verdict is None or verdict.verdict != "PASS" else None
    # Where a folder lies here is nobody's business elsewhere.
    name = workspace.config.base.model if base == _configured(workspace) else base.name
    name = Path(name).name if Path(name).is_absolute() or name.startswith((".", "~")) else name
    frozen = read_frozen(workspace, request["snapshot_id"], wish.override)
    return Tuned(folder.name, base, name, RunFolder(folder).product, manifest, verdict, override, frozen)


def export_model(workspace: Workspace, wish: Wish) -> Exported:
    """Write the merged model as GGUF; for Ollama with a Modelfile, else with the adapter beside it where exact.

    Raises:
        GateRefused: see ``admit_model``.
        ModelError: the architecture or tokenizer can't be written exactly.
    """
    from tuneproof.datasets.exchange.gguf_model import PRECISIONS, require_gguf, write_gguf
    from tuneproof.tui.quiet import hush_libraries

    if wish.precision not in PRECISIONS:
        raise UsageError(f"There is no precision {wish.precision!r}.", f"Choose one of: {', '.join(PRECISIONS)}")
    require_gguf()
    hush_libraries()
    tuned = admit_model(workspace, wish)
    name = f"model-{wish.precision}.gguf"
    licence = base_licence(tuned.base)
    found: dict[str, Exported] = {}

    def fill(folder: Path) -> None:
        about = {"name": f"{Path(tuned.base_name).name} {tuned.run_id}", "license": licence}
        written = write_gguf(tuned.weights, tuned.adapter, folder / name, wish.precision, about)  # type: ignore[arg-type]
        ollama = wish.target == "ollama"
        handoff = _ollama(workspace, tuned, written, licence) if ollama else _gguf(tuned, folder, written)
        write_files(folder, handoff.files)
        use = f"```console\n{handoff.command}\n```\n\n" + "".join(f"- {limit}\n" for limit in handoff.limits)
        card = model_card(_facts(workspace, tuned, licence, "quantized", "gguf", use), tuned.verdict, tuned.override)
        write_files(folder, {"README.md": card})
        _write_sidecar(folder, tuned, handoff)
        found["made"] = Exported(wish.target, str(wish.out), handoff.command, handoff.limits, handoff.facts)

    place_folder(wish.out, fill, force=wish.force)
    return found["made"]


def export_hf(workspace: Workspace, wish: Wish) -> Exported:
    """Write a dataset folder and, unless only rows are wanted or nothing was trained, merged model and adapter.

    Raises:
        GateRefused: there is a run that may not leave.
    """
    from tuneproof.datasets.exchange.merging import save_merged
    from tuneproof.tui.quiet import hush_libraries

    hush_libraries()
    tuned = None
    if not wish.rows_only and (wish.run is not None or newest_run(workspace.runs_dir) is not None):
        tuned = admit_model(workspace, wish)
    frozen = tuned.frozen if tuned else read_frozen(workspace, override=wish.override)
    commands = ["hf upload NAME dataset . --repo-type dataset"]
    limits = ["The names of repositories are yours to choose; nothing was sent anywhere."]
    if tuned is None:
        limits.append(
            "No model is in it: " + ("only rows were asked for." if wish.rows_only else "nothing was trained.")
        )
    else:
        commands.append("hf upload NAME model .")

    def fill(folder: Path) -> None:
        (folder / "dataset").mkdir()
        write_dataset(workspace, frozen, folder / "dataset")
        if tuned is not None:
            (folder / "model").mkdir()
            save_merged(tuned.weights, tuned.adapter, folder / "model", stored_precision(tuned.base))
            if tuned.adapter:
                _write_adapter(tuned.run_id, tuned.base_name, tuned.adapter, folder / "adapter")
            licence = base_licence(tuned.base)
            for name, relation, library, use in _FORMS if tuned.adapter else _FORMS[:1]:
                facts = _facts(workspace, tuned, licence, relation, library, use)
                write_files(folder / name, {"README.md": model_card(facts, tuned.verdict, tuned.override)})
        handoff = Handoff("hf", {}, " && ".join(commands), tuple(limits))
        if tuned is not None:
            _write_sidecar(folder, tuned, handoff)
        else:
            write_json_atomic(folder / "tuneproof.json", sidecar(handoff, frozen.snapshot, frozen.verdict, {}))

    place_folder(wish.out, fill, force=wish.force)
    return Exported("hf", str(wish.out), " && ".join(commands), tuple(limits), {"model": tuned is not None})


def base_licence(base: Path) -> str:
    """Return the licence that the base's card states, or ``unknown``."""
    from huggingface_hub import metadata_load

    path = base / "README.md"
    stated = (metadata_load(path) if path.is_file() else None) or {}
    return str(stated.get("license") or UNKNOWN_LICENCE).lower()


def stored_precision(base: Path) -> Any:
    """Return how the base's weights are stored, as its configuration says; float32 where it does not."""
    config = read_json(base / "config.json")
    stated = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    return stated if stated in ("float32", "float16", "bfloat16") else "float32"


_FORMS = (
    ("model", "finetune", "transformers",
     "```python\nfrom transformers import pipeline\n\npipe = pipeline(\"text-generation\", \"this/folder\")\n```"),
    ("adapter", "adapter", "peft",
     "```python\nfrom peft import AutoPeftModelForCausalLM\n\n"
     "model = AutoPeftModelForCausalLM.from_pretrained(\"path/to/this/folder\")\n```"),
)  # fmt: skip


def _ollama(workspace: Workspace, tuned: Tuned, written: GgufFile, licence: str) -> Handoff:
    from transformers import AutoTokenizer

    from tuneproof.datasets.exchange.chat_format import read_chat_format
    from tuneproof.datasets.exchange.modelfile import modelfile, take_apart

    tokenizer: Any = AutoTokenizer.from_pretrained(tuned.base, local_files_only=True, trust_remote_code=False)
    chat = read_chat_format(tuned.base, tokenizer)
    turns = take_apart(chat.template, tokenizer)
    context = int(read_json(tuned.base / "config.json")["max_position_embeddings"])
    system = tuned.frozen.snapshot.facts.get("system_prompt") or ""
    limits = ["Ollama was not run here; the Modelfile was read back by its grammar and the GGUF file by its reader."]
    if turns is None:
        limits.append(
            "The base's template is no plain row of turns: Ollama has to render the one inside the GGUF file."
        )
    text = modelfile(
        written.path.name, chat, turns, system, min(context, 8192), "" if licence == UNKNOWN_LICENCE else licence
    )
    return Handoff("ollama", {"Modelfile": text}, f"ollama create {workspace.root.name.lower()} -f Modelfile",
                   tuple(limits), _about(written))  # fmt: skip


def _gguf(tuned: Tuned, folder: Path, written: GgufFile) -> Handoff:
    from tuneproof.datasets.exchange.gguf_adapter import write_gguf_adapter

    limits = ["Smaller roundings (Q4_K_M and the like) are made from this file by llama-quantize."]
    if tuned.adapter is None:
        limits.append("No GGUF adapter: the run trained weights of the base itself.")
        return Handoff("gguf", {}, f"llama-cli -m {written.path.name} -cnv", tuple(limits), _about(written))
    try:
        write_gguf_adapter(tuned.base, tuned.adapter, folder / "adapter-f32.gguf")
    except ModelError as error:
        limits.append(f"No GGUF adapter: {error.message}")
    return Handoff("gguf", {}, f"llama-cli -m {written.path.name} -cnv", tuple(limits), _about(written))


def _about(written: GgufFile) -> dict[str, Any]:
    return {
        "file": written.path.name, "precision": written.precision, "architecture": written.architecture,
        "pretokenizer": written.pretokenizer, "tensors": written.tensors, "bytes": written.size,
    }  # fmt: skip


def _facts(workspace: Workspace, tuned: Tuned, licence: str, relation: str, library: str, use: str) -> ModelFacts:
    evidence = None
    if tuned.verdict is not None:
        with workspace.read() as connection:
            evidence = gather(connection, tuned.verdict, workspace.snapshots_dir).model
    return ModelFacts(
        name=f"{workspace.root.name} {tuned.run_id}",
        base=tuned.base_name,
        licence=licence,
        relation=relation,
        library=library,
        language=workspace.config.goal.language,
        run_id=tuned.run_id,
        snapshot_id=tuned.frozen.snapshot.snapshot_id,
        manifest=tuned.manifest,
        use=use,
        evidence=evidence,
        data_verdict=tuned.frozen.verdict,
        sources=licensed(tuned.frozen.lineage, tuned.frozen.licences),
        rates=_rates(workspace.root / SELFTEST),
    )


def _rates(folder: Path) -> list[Rate]:
    """Return how often the gate was wrong in the self-tests of this workspace, nothing where none was run."""
    from tuneproof.evaluate.selftest.ledger import recorded
    from tuneproof.evaluate.selftest.tally import tally

    return tally(recorded(folder)[0]) if folder.is_dir() else []


def _write_sidecar(folder: Path, tuned: Tuned, handoff: Handoff) -> None:
    about = {
        "base": tuned.base_name,
        "run": tuned.run_id,
        "override": tuned.override,
        "model_verdict": tuned.verdict.to_document() if tuned.verdict else None,
        "manifest": dict(tuned.manifest),
    }
    write_json_atomic(folder / "tuneproof.json", sidecar(handoff, tuned.frozen.snapshot, tuned.frozen.verdict, about))
    shutil.copyfile(tuned.frozen.snapshot.path / "lineage.jsonl", folder / "lineage.jsonl")


def _write_adapter(run_id: str, base_name: str, adapter: Path, folder: Path) -> None:
    folder.mkdir()
    missing = [name for name in ADAPTER_FILES if not (adapter / name).is_file()]
    if missing:
        raise DataError(f"Run {run_id} lacks {' and '.join(missing)}.", "Train again: tuneproof train --new")
    shutil.copyfile(adapter / ADAPTER_FILES[1], folder / ADAPTER_FILES[1])
    stated = json.loads((adapter / ADAPTER_FILES[0]).read_text("utf-8"))
    # A path of this machine leads nowhere on another.
    stated["base_model_name_or_path"] = base_name
    write_json_atomic(folder / ADAPTER_FILES[0], stated)


def _configured(workspace: Workspace) -> Path | None:
    model = workspace.config.base.model
    local = model == BUNDLED or (workspace.root / Path(model).expanduser()).is_dir()
    return base_folder(model, workspace.root) if local else None


def _refusal(run: str, verdict: Verdict | None) -> GateRefused:
    how = 'tuneproof export ... --override "reason"; its card will carry the reason'
    if verdict is None:
        return GateRefused(
            f"Run {run} was never judged.", f"Run: tuneproof evaluate; or hand it on all the same: {how}"
        )
    cause = f" ({', '.join(verdict.cause)})" if verdict.cause else ""
    return GateRefused(
        f"The model gate says {verdict.verdict}{cause} of run {run}.",
        f"Mend that and run: tuneproof train; or hand it on all the same: {how}",
    )
