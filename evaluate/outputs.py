"""Greedy answers of a model state, many at once.

Knows how an answer is produced. It must not judge it: outputs are shown, not gated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuneproof.datasets.workspace.atomic import write_text_atomic
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.records import Item, Model
from tuneproof.evaluate.encoding import messages, prompt_ids
from tuneproof.evaluate.models import LoadedModel
from tuneproof.evaluate.scoring import STATES

#: How many held-out items and train probes are answered for the report, and how long an answer may be.
SHOWN = {"heldout": 24, "train": 8}
MAX_NEW_TOKENS = 64
BATCH_ROWS = 16


@dataclass(frozen=True, slots=True)
class Output:
    """What a model state answered to an item."""

    model: Model
    item_id: str
    text: str


def write_outputs(loaded: LoadedModel, items: Sequence[Item], path: Path) -> list[Output]:
    """Answer the items that a report shows in both states, and write the answers to ``path``."""
    shown = shown_items(items)
    prompts = [prompt_ids(messages(item), loaded.tokenizer) for item in shown]
    found = []
    for state in STATES:
        answers = generate(loaded, state, prompts, MAX_NEW_TOKENS)
        found += [Output(state, item.item_id, text) for item, text in zip(shown, answers, strict=True)]
    lines = (canonical_json({"model": o.model, "item_id": o.item_id, "text": o.text}) for o in found)
    write_text_atomic(path, "".join(f"{line}\n" for line in lines))
    return found


def shown_items(items: Sequence[Item]) -> list[Item]:
    """Return the items whose answers are shown: the same few of each role every time, by hash of their ids."""
    ranked = sorted(items, key=lambda item: digest("shown", item.item_id))
    return [item for role, count in SHOWN.items() for item in [i for i in ranked if i.role == role][:count]]


def generate(loaded: LoadedModel, state: Model, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> list[str]:
    """Return the greedy answer to each prompt (token ids), ended by end of turn or ``max_new_tokens``."""
    room = max(1, loaded.max_length - max_new_tokens)
    cut = [list(prompt)[-room:] for prompt in prompts]
    # Prompts of like length share a batch: little padding. The order of the answers is that of the prompts.
    order = sorted(range(len(cut)), key=lambda place: len(cut[place]))
    texts = [""] * len(cut)
    with loaded.state(state):
        for start in range(0, len(order), BATCH_ROWS):
            places = order[start : start + BATCH_ROWS]
            for place, text in zip(places, _batch(loaded, [cut[p] for p in places], max_new_tokens), strict=True):
                texts[place] = text
    return texts


def _batch(loaded: LoadedModel, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> Iterator[str]:
    import torch

    tokenizer = loaded.tokenizer
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad, device=loaded.model.device)
    seen = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        # Padding stands left, so that every answer starts at the same place.
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        seen[row, width - len(prompt) :] = 1
    with torch.inference_mode():
        found = loaded.model.generate(
            input_ids=ids,
            attention_mask=seen,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            pad_token_id=pad,
            eos_token_id=_stops(loaded),
        )
    for row in found:
        yield str(tokenizer.decode(row[width:], skip_special_tokens=True)).strip()


def _stops(loaded: LoadedModel) -> list[int]:
    configured = loaded.model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return sorted({int(stop) for stop in (*listed, loaded.tokenizer.eos_token_id) if stop is not None})
