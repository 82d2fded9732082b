"""Greedy answers of a model state, many at once.

Knows how an answer is produced. It must not judge it: outputs are shown, not gated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuneproof.datasets.workspace.atomic import write_text_atomic
from tuneproof.datasets.workspace.identity import canonical_json, digest
from tuneproof.datasets.workspace.records import Item, Model
from tuneproof.evaluate.encoding import messages, prompt_ids
from tuneproof.evaluate.models import LoadedModel
from tuneproof.evaluate.scoring import STATES
from tuneproof.train.answering import answer_batch

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
            answers = answer_batch(loaded.model, loaded.tokenizer, [cut[p] for p in places], max_new_tokens)
            for place, text in zip(places, answers, strict=True):
                texts[place] = text
    return texts
