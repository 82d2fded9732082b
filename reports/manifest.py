"""A run's manifest as facts that a person reads: names for what is known, and every other entry as it stands.

Knows the names of entries and their units. It must not know how a run is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuneproof.reports import figures

#: A fact's label, how its value is written, and where it stands in a manifest; ``.*`` adds up a table.
_FACTS: tuple[tuple[str, str, str], ...] = (
    ("Base model", "text", "base.name"),
    ("Method", "text", "method"),
    ("Rank", "number", "settings.rank"),
    ("Pairs trained on", "number", "rows.trained_pairs"),
    ("Pairs cut to length", "number", "rows.truncated"),
    ("Passages replayed", "number", "rows.replay"),
    ("Epochs", "number", "settings.epochs"),
    ("Steps", "number", "steps"),
    ("Batch size", "number", "settings.batch_size"),
    ("Learning rate", "rate", "settings.learning_rate"),
    ("Tokens seen", "number", "tokens.seen"),
    ("Seed", "text", "seed"),
    ("Time training", "seconds", "seconds.train"),
    ("Time in all", "seconds", "seconds.*"),
    ("Peak memory", "bytes", "peak_memory.resident_bytes"),
    ("Peak memory of the card", "bytes", "peak_memory.cuda_bytes"),
    ("Device", "text", "hardware.device_name"),
    ("Processor", "text", "hardware.processor"),
)
_LONG = 160


def facts(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the label and value of each known fact that the manifest holds, in reading order."""
    flat = dict(_flattened(manifest))
    found = []
    for label, form, place in _FACTS:
        value = _total(flat, place) if place.endswith(".*") else flat.get(place)
        if value is not None:
            found.append((label, _written(value, form)))
    return found


def everything(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every entry of the manifest by its dotted name."""
    return [(name, _written(value, "text")) for name, value in _flattened(manifest)]


def _total(flat: Mapping[str, Any], place: str) -> float | None:
    parts = [value for name, value in flat.items() if name.startswith(place[:-1]) and isinstance(value, (int, float))]
    return sum(parts) if parts else None


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
