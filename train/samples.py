"""What a model in training answers to a few validation questions, for a person to read while the run goes on.

Knows how answers are made from a model and a tokenizer. It must not judge them, nor draw a random number: a run with
samples ends with the same adapter as one without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuneproof.train.rows import Conversation

MAX_NEW_TOKENS = 64
BATCH_ROWS = 16
Record = Callable[[int, Sequence[tuple[str, str, str]]], None]


def write_samples(tokenizer: Any, rows: Sequence[Conversation], record: Record, step: int, model: Any) -> None:
    """Answer ``rows`` greedily with ``model``, which is in evaluation mode, and hand question, reference, answer on."""
    answers: list[str] = []
    for start in range(0, len(rows), BATCH_ROWS):
        answers += _batch(model, tokenizer, rows[start : start + BATCH_ROWS])
    record(step, [(row.question, row.answer, text) for row, text in zip(rows, answers, strict=True)])


def _batch(model: Any, tokenizer: Any, rows: Sequence[Conversation]) -> list[str]:
    import torch

    prompts = [
        list(tokenizer.apply_chat_template(row.prompt, add_generation_prompt=True, tokenize=True, return_dict=False))
        for row in rows
    ]
    room = max(1, int(model.config.get_text_config().max_position_embeddings) - MAX_NEW_TOKENS)
    prompts = [prompt[-room:] for prompt in prompts]
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad, device=model.device)
    seen = torch.zeros_like(ids)
    for place, prompt in enumerate(prompts):
        # Padding stands left, so that every answer starts at the same place.
        ids[place, width - len(prompt) :] = torch.tensor(prompt)
        seen[place, width - len(prompt) :] = 1
    with torch.no_grad():
        found = model.generate(
            input_ids=ids,
            attention_mask=seen,
            max_new_tokens=MAX_NEW_TOKENS,
            do_sample=False,
            pad_token_id=pad,
            eos_token_id=tokenizer.eos_token_id,
        )
    return [str(tokenizer.decode(row[width:], skip_special_tokens=True)).strip() for row in found]
