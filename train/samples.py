"""What a model in training answers to a few validation questions, for a person to read while the run goes on.

Knows which rows are asked and when. It must not judge the answers, nor draw a random number: a run with
samples ends with the same adapter as one without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tuneproof.train.answering import answer_batch

if TYPE_CHECKING:
    from tuneproof.train.rows import Conversation

MAX_NEW_TOKENS = 64
BATCH_ROWS = 16
Record = Callable[[int, Sequence[tuple[str, str, str]]], None]


def write_samples(tokenizer: Any, rows: Sequence[Conversation], record: Record, step: int, model: Any) -> None:
    """Answer ``rows`` greedily with ``model``, which is in evaluation mode, and hand question, reference, answer on."""
    answers: list[str] = []
    room = max(1, int(model.config.get_text_config().max_position_embeddings) - MAX_NEW_TOKENS)
    for start in range(0, len(rows), BATCH_ROWS):
        prompts = [_prompt(tokenizer, row)[-room:] for row in rows[start : start + BATCH_ROWS]]
        answers += answer_batch(model, tokenizer, prompts, MAX_NEW_TOKENS)
    record(step, [(row.question, row.answer, text) for row, text in zip(rows, answers, strict=True)])


def _prompt(tokenizer: Any, row: Conversation) -> list[int]:
    return list(tokenizer.apply_chat_template(row.prompt, add_generation_prompt=True, tokenize=True, return_dict=False))
