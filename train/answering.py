"""Greedy answers of a model to prompts of token ids, a batch at a time.

Knows padding and where an answer stops. It must not know what is asked, nor draw a random number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def answer_batch(model: Any, tokenizer: Any, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> Iterator[str]:
    """Yield the answer to each prompt, ended by end of turn or ``max_new_tokens``; ``model`` is in evaluation mode."""
    import torch

    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad, device=model.device)
    seen = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        # Padding stands left, so that every answer starts at the same place.
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        seen[row, width - len(prompt) :] = 1
    # Not inference mode: a model in training goes on with what is kept here.
    with torch.no_grad():
        found = model.generate(
            input_ids=ids,
            attention_mask=seen,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            pad_token_id=pad,
            eos_token_id=_stops(model, tokenizer),
        )
    for row in found:
        yield str(tokenizer.decode(row[width:], skip_special_tokens=True)).strip()


def _stops(model: Any, tokenizer: Any) -> list[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return sorted({int(stop) for stop in (*listed, tokenizer.eos_token_id) if stop is not None})
