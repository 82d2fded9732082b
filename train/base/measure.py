"""How good the base model is: bits per byte of held-out packages and accuracy on the general suites.

Knows how a text and an item are scored. Must not know how the model was trained.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.bundled.suites import SuiteItem, suite_items
from tuneproof.train.base.tokenizer import CONTEXT, END_OF_TEXT_ID, PAD_ID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

_LN2 = 0.6931471805599453


@dataclass(frozen=True, slots=True)
class SuiteScore:
    """Accuracy of one suite with its 95% Wilson interval, and the accuracy of each level."""

    suite: str
    n: int
    accuracy: float
    low: float
    high: float
    chance: float
    levels: dict[int, float]


def total_nats(
    model: LlamaForCausalLM, tokens: NDArray[np.integer[Any]], length: int = CONTEXT, rows: int = 8
) -> float:
    """Summed negative log-likelihood of all tokens but the first, in windows of `length` without overlap."""
    import numpy as np
    import torch
    from torch.nn.functional import cross_entropy

    model.train(False)
    total = 0.0
    padded = np.full((-(-(len(tokens) - 1) // length) * length + 1,), PAD_ID, dtype=np.int64)
    padded[: len(tokens)] = tokens
    inputs, labels = padded[:-1].reshape(-1, length), padded[1:].copy()
    labels[len(tokens) - 1 :] = -100
    labels = labels.reshape(-1, length)
    with torch.inference_mode():
        for at in range(0, len(inputs), rows):
            logits = model(torch.from_numpy(inputs[at : at + rows]), use_cache=False).logits
            wanted = torch.from_numpy(labels[at : at + rows])
            total += float(
                cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), reduction="sum", ignore_index=-100)
            )
    return total


def bits_per_byte(nats: float, size: int) -> float:
    """Bits per byte: nats / (ln 2 x bytes of the text)."""
    return nats / (_LN2 * size)


def score_suite(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, suite: str, n: int = 400) -> SuiteScore:
    """Accuracy on the item side: the choice of the highest summed log-likelihood counts as the answer."""
    items = suite_items(suite, n)
    right = [picked == item.answer for picked, item in zip(_picks(model, tokenizer, items), items, strict=True)]
    by_level: dict[int, list[bool]] = defaultdict(list)
    for item, hit in zip(items, right, strict=True):
        by_level[item.level].append(hit)
    low, high = wilson(sum(right), len(right))
    chance = sum(1 / len(i.choices) for i in items) / len(items)
    levels = {level: sum(hits) / len(hits) for level, hits in sorted(by_level.items())}
    return SuiteScore(suite, len(items), sum(right) / len(right), low, high, chance, levels)


def wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share (E. B. Wilson, JASA 22, 1927)."""
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def _picks(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, items: Sequence[SuiteItem]) -> list[int]:
    rows: list[tuple[int, int, list[int], int]] = []
    for index, item in enumerate(items):
        start = [END_OF_TEXT_ID, *tokenizer.encode(item.prompt, add_special_tokens=False)]
        for choice, text in enumerate(item.choices):
            whole = start + tokenizer.encode(text, add_special_tokens=False)
            rows.append((index, choice, whole, len(start)))
    scores: dict[int, dict[int, float]] = defaultdict(dict)
    rows.sort(key=lambda r: len(r[2]))
    for at in range(0, len(rows), 64):
        batch = rows[at : at + 64]
        for (index, choice, _, _), value in zip(batch, _continuations(model, batch), strict=True):
            scores[index][choice] = value
    return [max(scores[i], key=scores[i].__getitem__) for i in range(len(items))]


def _continuations(model: LlamaForCausalLM, batch: Sequence[tuple[int, int, list[int], int]]) -> list[float]:
    """Log-likelihood in nats of each row's tokens from its start on; padding stands to the right, unseen."""
    import torch

    model.train(False)
    width = max(len(ids) for _, _, ids, _ in batch)
    tokens = torch.full((len(batch), width), PAD_ID)
    for row, (_, _, ids, _) in enumerate(batch):
        tokens[row, : len(ids)] = torch.tensor(ids)
    with torch.inference_mode():
        logs = model(tokens[:, :-1], use_cache=False).logits.float().log_softmax(-1)
    picked = logs.gather(-1, tokens[:, 1:, None])[..., 0]
    return [float(picked[row, start - 1 : len(ids) - 1].sum()) for row, (_, _, ids, start) in enumerate(batch)]
