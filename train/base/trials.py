"""Short runs side by side: which optimizer learns most from the same tokens.

Knows the arms and how they are compared. Must not know what is done with the winner.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.train.base.measure import bits_per_byte, total_nats
from tuneproof.train.base.recipe import Settings, train
from tuneproof.train.base.tokenizer import END_OF_TEXT_ID

if TYPE_CHECKING:
    from tuneproof.train.base.prepare import Prepared

#: Where the outcome lies in a run's data folder; the card shows it.
TRIALS = "trials.json"
_ARMS: tuple[dict[str, Any], ...] = (
    {"optimizer": "adamw", "tied": True},
    {"optimizer": "muon", "tied": True},
    {"optimizer": "muon", "tied": False},
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One arm: bits per byte on every fourth held-out document, after `tokens` tokens in `seconds`."""

    optimizer: str
    tied: bool
    rate: float
    tokens: int
    steps: int
    seconds: float
    bits_per_byte: float


def run_trials(
    prepared: Prepared, settings: Settings, tokens: int, data: Path, log: Callable[[str], None]
) -> list[Trial]:
    """Train each arm from the same seed on the same sequences and write the comparison into `data`."""
    import numpy as np

    held_out = json.loads((data / "held_out.json").read_text())[::4]
    ids: list[int] = []
    for _, text in held_out:
        ids += [END_OF_TEXT_ID, *prepared.tokenizer.encode(text, add_special_tokens=False)]
    size = sum(len(text.encode("utf-8", "replace")) for _, text in held_out)
    trials = []
    for arm in _ARMS:
        chosen = replace(settings, tokens=tokens, warmup_steps=30, compiled=False, **arm)
        with tempfile.TemporaryDirectory() as folder:
            model, progress = train(chosen, prepared.sequences, Path(folder), log)
        bits = bits_per_byte(total_nats(model, np.array(ids, dtype=np.int64), settings.length), size)
        rate = chosen.muon_rate if chosen.optimizer == "muon" else chosen.rate
        seconds = round(progress.minutes * 60, 1)
        trials.append(
            Trial(chosen.optimizer, chosen.tied, rate, progress.tokens, progress.step, seconds, round(bits, 4))
        )
        log(f"trial: {trials[-1]}")
        (data / TRIALS).write_text(json.dumps([asdict(t) for t in trials], indent=1))
    return trials
