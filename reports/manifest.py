"""A run's manifest as facts that a person reads: names for what is known, and every other entry as it stands.

Knows the names of entries and their units. It must not know how a run is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuneproof.reports import figures

#: Where a fact may stand in a manifest, its label, and how its value is written.
_FACTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Base model", "text", ("base.name", "base.model", "base", "base_model")),
    ("Parameters of the base", "number", ("base.parameters", "parameters", "total_parameters")),
    ("Parameters trained", "number", ("trainable_parameters", "adapter.parameters", "parameters_trained")),
    ("Method", "text", ("method", "train.method")),
    ("Rank", "number", ("rank", "train.rank", "adapter.rank")),
    ("Training pairs", "number", ("pairs", "rows.pairs", "counts.pairs", "plan.pairs", "data.pairs")),
    ("Replayed passages", "number", ("replay_rows", "rows.replay", "counts.replay", "plan.replay_rows", "replay.rows")),
    ("Steps", "number", ("steps", "plan.steps", "training.steps")),
    ("Epochs", "number", ("epochs", "plan.epochs", "train.epochs")),
    ("Batch size", "number", ("batch_size", "train.batch_size", "plan.batch_size")),
    ("Learning rate", "rate", ("learning_rate", "plan.learning_rate", "train.learning_rate")),
    ("Seed", "text", ("seed", "train.seed")),
    ("Time", "seconds", ("seconds", "wall_seconds", "training.seconds", "duration_seconds")),
    ("Peak memory", "bytes", ("peak_memory_bytes", "memory_bytes", "training.peak_memory_bytes", "memory.peak")),
    ("Device", "text", ("device", "training.device", "environment.device")),
)
_LONG = 160


def facts(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the label and value of each known fact that the manifest holds, in reading order."""
    flat = dict(_flattened(manifest))
    found = []
    for label, form, places in _FACTS:
        value = next((flat[place] for place in places if flat.get(place) is not None), None)
        if value is not None:
            found.append((label, _written(value, form)))
    return found


def everything(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every entry of the manifest by its dotted name."""
    return [(name, _written(value, "text")) for name, value in _flattened(manifest)]


def _flattened(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, entry in value.items():
        name = f"{prefix}{key}"
        if isinstance(entry, Mapping):
            yield from _flattened(entry, f"{name}.")
        elif isinstance(entry, list):
            yield name, ", ".join(str(part) for part in entry)
        else:
            yield name, entry


def _written(value: object, form: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = "yes" if value is True else "no" if value is False else figures.NONE if value is None else str(value)
        return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    if form == "rate":
        return f"{value:.2g}"
    if form == "seconds":
        return figures.duration(value)
    if form == "bytes":
        return figures.size(value)
    if form == "number":
        return figures.number(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
