"""Bases side by side before one is chosen: what is known of each, and how each does on the user's own pairs.

Composed here because it needs two floors: what the training room knows of a base, and the evaluating room's probe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.bases import BUNDLED, base_folder
from tuneproof.datasets.workspace.errors import TuneproofError
from tuneproof.datasets.workspace.records import Item
from tuneproof.datasets.workspace.snapshots import Snapshot
from tuneproof.datasets.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tuneproof.evaluate.probe import Probe
    from tuneproof.train.candidates import Candidate

HELD = ("heldout", "selection")
_PASSAGES = "SELECT p.pair_id, c.text FROM pairs p JOIN chunks c ON c.chunk_id = p.chunk_id"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compared:
    """A base with what is known of it and what it scored, or why it could not be probed."""

    candidate: Candidate
    probe: Probe | None
    failed: str | None


def local_folder(model: str, root: Path) -> Path | None:
    """Return the folder of a base that lies here, None for a hub name.

    Raises:
        ModelError: the folder is no model.
    """
    here = model == BUNDLED or (root / Path(model).expanduser()).is_dir()
    return base_folder(model, root) if here else None


def compare(workspace: Workspace, names: Sequence[str], snapshot: Snapshot | None, threads: int) -> list[Compared]:
    """Return the bases ``names``, best first where ``snapshot`` gives pairs to probe them on.

    Raises:
        ModelError: a name is neither folder nor known nor on the hub.
        DataError: the snapshot holds too few pairs.
    """
    from tuneproof.train.candidates import candidate

    known = [candidate(name, local_folder(name, workspace.root)) for name in names]
    if snapshot is None:
        return [Compared(one, None, None) for one in known]
    passages = read_passages(workspace)
    found = [_probed(one, snapshot, passages, threads, workspace.root) for one in known]
    return sorted(found, key=lambda one: one.probe.bits_per_byte if one.probe else float("inf"))


def read_passages(workspace: Workspace) -> dict[str, str]:
    """Return the text of the chunk that each pair rests on."""
    with workspace.read() as connection:
        return dict(connection.execute(_PASSAGES).fetchall())


def probe_base(folder: Path, snapshot: Snapshot, passages: Mapping[str, str], threads: int) -> Probe:
    """Return how the base in ``folder`` does on the held-out pairs of ``snapshot``.

    Raises:
        ModelError: the base can't be loaded or asked.
        DataError: the snapshot holds too few pairs.
    """
    from tuneproof.evaluate.models import load_model
    from tuneproof.evaluate.probe import probe
    from tuneproof.tui.quiet import hush_libraries

    hush_libraries()
    items = snapshot.items()
    held: list[Item] = [item for item in items if item.role in HELD]
    shots = [item for item in items if item.role == "train"]
    return probe(load_model(str(folder), None, threads), held, shots, passages)


def _probed(one: Candidate, snapshot: Snapshot, passages: Mapping[str, str], threads: int, root: Path) -> Compared:
    try:
        folder = one.folder if one.folder else base_folder(one.name, root)
        return Compared(one, probe_base(folder, snapshot, passages, threads), None)
    except TuneproofError as error:
        return Compared(one, None, error.message)


def lines(found: Sequence[Compared], rank: int, batch: int, length: int) -> Iterator[str]:
    """Return the comparison as lines for a person."""
    from tuneproof.train import memory
    from tuneproof.train.base_facts import cpu_has_bfloat16
    from tuneproof.train.plan import has_cuda

    cuda = has_cuda()
    free = memory.available(cuda)
    for place, one in enumerate(found, 1):
        base = one.candidate
        yield f"{place}. {base.name}"
        size = f"{base.parameters.value:,}" if base.parameters.value else _UNKNOWN
        yield f"   parameters  {size}{_source(base.parameters)}"
        yield f"   context     {_value(base.context)} tokens{_source(base.context)}"
        yield f"   template    {_value(base.chat_template)}{_source(base.chat_template)}"
        yield from licence_lines(base, "   ")
        needs = base.memory(rank, batch, length, cuda, cuda or cpu_has_bfloat16())
        yield f"   memory      {memory_words(needs, free)}"
        if one.probe:
            yield f"   probe       {probe_words(one.probe)}"
        elif one.failed:
            yield f"   probe       not done: {one.failed}"


def licence_lines(base: Candidate, margin: str = "") -> Iterator[str]:
    """Return what is known of a base's licence as lines."""
    licence = base.licence
    yield f"{margin}licence     {licence.licence} ({licence.stated_by})"
    if licence.terms:
        yield f"{margin}            commercial use: {_value(licence.terms.commercial)}"
        yield f"{margin}            to name: {_value(licence.terms.attribution)}"
        yield f"{margin}            restrictions: {_value(licence.terms.restrictions)}"
    if not licence.settled:
        yield f'{margin}            train refuses it until [train] accept_licence = "{licence.licence}"'


def memory_words(needs: Mapping[str, Any], free: int) -> str:
    """Return the memory by method against what is free, in one line."""
    if not needs:
        return f"{_UNKNOWN}: the shape is not known"
    parts = (f"{name} {_gib(need.total)}{'' if need.total <= free else ' (too much)'}" for name, need in needs.items())
    return f"{', '.join(parts)}; {_gib(free)} free"


def probe_words(found: Probe) -> str:
    """Return a probe's figures in one line."""
    words = f"{found.bits_per_byte:.3f} bits a byte, few-shot {found.few_shot:.0%} of {found.items} (chance 25%)"
    return words if found.passage_gain is None else f"{words}, the passage saves {found.passage_gain:.2f} bits a byte"


def _value(fact: Any) -> str:
    return _UNKNOWN if fact.value is None else f"{fact.value:,}" if isinstance(fact.value, int) else str(fact.value)


def _source(fact: Any) -> str:
    if fact.value is None or fact.where is None:
        return ""
    return f" ({fact.where}{f', read {fact.read}' if fact.read else ''})"


def _gib(count: int) -> str:
    return f"{count / 2**30:.2f} GiB"
