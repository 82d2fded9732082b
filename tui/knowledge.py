"""The probe of a finished run, composed: its frozen items with their passages, both models, and what is kept.

Knows which floors the parts come from. It must not judge, nor change the run's verdict.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.atomic import read_json, write_json_atomic
from tuneproof.datasets.workspace.snapshots import load_snapshot
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.comparison import read_passages
from tuneproof.tui.road import finished_run

if TYPE_CHECKING:
    from tuneproof.evaluate.intrusion import Intrusion
    from tuneproof.evaluate.knowledge import Knowledge

ROLES = ("heldout", "train")
MAX_NEW_TOKENS = 48
#: A passage is cut to this many characters; a fact that stands past them is not asked for.
MAX_PASSAGE = 1500


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found of a run, and the file that keeps it."""

    run_id: str
    knowledge: Knowledge
    intrusion: Intrusion
    path: Path

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"run_id": self.run_id, **self.knowledge.to_document(), "intrusion": asdict(self.intrusion)}


def probe_run(facts: int, run: str | None = None, workspace: Workspace | None = None) -> Probed:
    """Probe a finished run and keep what was found as ``evaluation/probe.json`` in its folder.

    Raises:
        DataError: there is no such run, or too few facts can be changed by rule.
        ModelError: base or adapter can't be loaded.
    """
    from tuneproof.evaluate.alterations import alter
    from tuneproof.evaluate.intrusion import PROMPTS, find_intrusion, learn_habits
    from tuneproof.evaluate.knowledge import probe_knowledge, sample_facts
    from tuneproof.evaluate.models import load_model
    from tuneproof.train.progress import RunFolder
    from tuneproof.tui.quiet import hush_libraries

    hush_libraries()
    workspace = workspace or Workspace.find()
    folder = finished_run(workspace, run)
    request = read_json(folder / "request.json")
    snapshot = load_snapshot(workspace.snapshots_dir / request["snapshot_id"])
    passages = read_passages(workspace)
    items = [item for item in snapshot.items() if item.role in ROLES]
    asked = [(item, passages[item.pair_id][:MAX_PASSAGE]) for item in items if item.pair_id in passages]
    altered = sample_facts(alter([item for item, _ in asked], [text for _, text in asked]), facts)
    used = {fact.item.item_id for fact in altered}
    shots = [item for item in items if item.role == "train" and item.item_id not in used]
    loaded = load_model(request["base"], RunFolder(folder).product, workspace.config.train.threads)
    knowledge = probe_knowledge(loaded, altered, shots)
    habits = learn_habits([item.reference for item in items if item.role == "train"])
    intrusion = find_intrusion(PROMPTS, *_everyday(loaded, snapshot.facts.get("system_prompt") or None), habits)
    found = Probed(folder.name, knowledge, intrusion, folder / "evaluation" / "probe.json")
    found.path.parent.mkdir(exist_ok=True)
    write_json_atomic(found.path, found.to_document())
    return found


def _everyday(loaded: Any, system: str | None) -> tuple[list[str], list[str]]:
    """Return what base and tuned answer to everyday prompts."""
    from tuneproof.evaluate.encoding import prompt_ids
    from tuneproof.evaluate.intrusion import PROMPTS
    from tuneproof.evaluate.outputs import generate

    head = [{"role": "system", "content": system}] if system else []
    asked = [prompt_ids([*head, {"role": "user", "content": text}], loaded.tokenizer) for text in PROMPTS]
    return generate(loaded, "base", asked, MAX_NEW_TOKENS), generate(loaded, "tuned", asked, MAX_NEW_TOKENS)
