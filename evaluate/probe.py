"""How well a base does on the user's own pairs before any training: what a choice between bases is made by.

Knows items, a loaded base and how figures are measured. It must not know what figure is good enough to tune.

Bits a byte: the summed negative log-likelihood of the answers over their bytes and ln 2, so that bases with different
tokenizers compare. Few-shot score: after three answered questions, how often the right answer is likelier (a byte)
than three answers to other questions. Passage gain: bits a byte that the answer costs less with the passage given.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Item
from tuneproof.evaluate.ask import WITH_PASSAGE
from tuneproof.evaluate.encoding import encode
from tuneproof.evaluate.models import LoadedModel
from tuneproof.evaluate.scoring import harness, loglikelihoods

SHOTS = 3
CHOICES = 4
SAMPLE = 48


@dataclass(frozen=True, slots=True)
class Probe:
    """What a base scored; ``few_shot`` is a share of ``items`` (chance is a quarter), bits are a byte of answer.

    ``too_long`` items did not fit the base's context. ``passage_gain`` is None where no passage is known.
    """

    items: int
    too_long: int
    bits_per_byte: float
    few_shot: float
    passage_gain: float | None

    def to_document(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return asdict(self)


def probe(
    loaded: LoadedModel, items: Sequence[Item], shots: Sequence[Item], passages: Mapping[str, str], seed: int = 0
) -> Probe:
    """Return how ``loaded`` does on ``items``; ``shots`` are answered questions beside them, ``passages`` by pair.

    Raises:
        DataError: there are fewer than four items with answers of their own, or none fits the base.
    """
    answers = list(dict.fromkeys(item.reference for item in items))
    if len(answers) < CHOICES or len(shots) < SHOTS:
        raise DataError(
            f"A probe needs {CHOICES} different held-out answers and {SHOTS} training pairs.", "Make more pairs first."
        )
    draw = random.Random(seed)
    picked = sorted(draw.sample(list(items), min(SAMPLE, len(items))), key=lambda item: item.item_id)
    history = [turn for shot in shots[:SHOTS] for turn in (("user", shot.prompt), ("assistant", shot.reference))]
    lm = harness(loaded)
    plain = _bits(lm, loaded, picked)
    right = total = 0
    for item in picked:
        others = draw.sample([answer for answer in answers if answer != item.reference], CHOICES - 1)
        asked = replace(item, history=tuple(history))  # type: ignore[arg-type]
        bits = _bits(lm, loaded, [replace(asked, reference=answer) for answer in (item.reference, *others)])
        if None in bits:
            continue
        total += 1
        right += all(bits[0] < other for other in bits[1:])  # type: ignore[operator]
    known = [
        (replace(item, prompt=WITH_PASSAGE.format(passage=passages[item.pair_id or ""], question=item.prompt)), bits)
        for item, bits in zip(picked, plain, strict=True)
        if (item.pair_id or "") in passages and bits is not None
    ]
    given = _bits(lm, loaded, [item for item, _ in known])
    both = [
        (item.reference, before, after)
        for (item, before), after in zip(known, given, strict=True)
        if before is not None and after is not None
    ]
    fitting = [(item.reference, bits) for item, bits in zip(picked, plain, strict=True) if bits is not None]
    if not fitting or not total:
        raise DataError("No item fits the base's context.", "Use a base with a longer context.")
    gain = _mean([(text, before - after) for text, before, after in both]) if both else None
    return Probe(len(picked), len(picked) - len(fitting), _mean(fitting), right / total, gain)


def _bits(lm: Any, loaded: LoadedModel, items: Sequence[Item]) -> list[float | None]:
    """Return bits a byte of each item's answer, None where it does not fit whole."""
    requests = [encode(item, loaded.tokenizer, loaded.max_length) for item in items]
    whole = [own[0] if own and not own[0].cut else None for own in requests]
    values = iter(loglikelihoods(lm, [request for request in whole if request]))
    found: list[float | None] = []
    for item, request in zip(items, whole, strict=True):
        value = next(values) if request else math.nan
        size = len(item.reference.encode("utf-8"))
        found.append(-value / size / math.log(2) if request and math.isfinite(value) else None)
    return found


def _mean(parts: Sequence[tuple[str, float]]) -> float:
    """Return the mean bits a byte over answers, each weighed by its bytes."""
    sizes = [len(text.encode("utf-8")) for text, _ in parts]
    return sum(size * bits for size, (_, bits) in zip(sizes, parts, strict=True)) / sum(sizes)
