"""Items as token ids: the same ids that training saw, split into what is given and what is scored.

Knows tokenizer and chat template. It must not know the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.records import Item

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Request:
    """One continuation to score: ids given, ids scored, and how many given ids were cut off at the left."""

    item_id: str
    context: tuple[int, ...]
    continuation: tuple[int, ...]
    cut: int = 0


def encode(item: Item, tokenizer: PreTrainedTokenizerBase, max_length: int) -> list[Request]:
    """Return an item's requests: one for a pair, one a choice for a suite item, one a window for text.

    An item with nothing to score, or with an answer that alone is longer than the model reads, has none.
    """
    if item.role == "general":
        pairs = [_split(tokenizer, item.prompt, choice) for choice in item.choices]
    elif item.role == "text":
        pairs = _windows(tokenizer, item, max_length)
    else:
        pairs = [_conversation(tokenizer, item)]
    fitted = [_fitted(item, context, continuation, max_length) for context, continuation in pairs]
    requests = [request for request in fitted if request]
    return requests if len(requests) == len(fitted) else []


def messages(item: Item) -> list[dict[str, str]]:
    """Return the conversation up to the question, as the snapshot's rows hold it."""
    system = [{"role": "system", "content": item.system}] if item.system else []
    turns = [{"role": role, "content": text} for role, text in item.history]
    return [*system, *turns, {"role": "user", "content": item.prompt}]


def prompt_ids(conversation: Sequence[dict[str, str]], tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the ids of a conversation up to the point where the model's answer begins."""
    rendered = tokenizer.apply_chat_template(list(conversation), tokenize=False, add_generation_prompt=True)
    return _ids(tokenizer, str(rendered))


def _conversation(tokenizer: PreTrainedTokenizerBase, item: Item) -> tuple[list[int], list[int]]:
    given = messages(item)
    whole = _ids(tokenizer, str(tokenizer.apply_chat_template(_answered(given, item.reference), tokenize=False)))
    head = prompt_ids(given, tokenizer)
    # Ids of the whole are the ones training saw. Where answer and prompt merge into one token at the seam, the
    # shared beginning is the context, so that no scored id was seen before.
    seam = next((i for i, (a, b) in enumerate(zip(whole, head, strict=False)) if a != b), min(len(whole), len(head)))
    answer = whole[seam:]
    # Templates may write a line end after the turn; it carries nothing of the answer.
    while tokenizer.eos_token_id in answer and answer[-1] != tokenizer.eos_token_id:
        answer.pop()
    return whole[:seam], answer


def _answered(given: list[dict[str, str]], reference: str) -> list[dict[str, str]]:
    return [*given, {"role": "assistant", "content": reference}]


def _split(tokenizer: PreTrainedTokenizerBase, context: str, continuation: str) -> tuple[list[int], list[int]]:
    # As lm-evaluation-harness does: spaces at the end of the context belong to the continuation's first token.
    start = [tokenizer.bos_token_id] if tokenizer.bos_token_id is not None else []
    whole = _ids(tokenizer, context + continuation)
    head = _ids(tokenizer, context.rstrip(" "))
    return [*start, *whole[: len(head)]], whole[len(head) :]


def _windows(tokenizer: PreTrainedTokenizerBase, item: Item, max_length: int) -> list[tuple[list[int], list[int]]]:
    from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

    first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    windows = get_rolling_token_windows(
        token_list=_ids(tokenizer, item.reference), prefix_token=first, max_seq_len=max_length, context_len=1
    )
    return [(list(context), list(scored)) for context, scored in map(make_disjoint_window, windows)]


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _fitted(item: Item, context: list[int], continuation: list[int], max_length: int) -> Request | None:
    # The last id is only predicted, never read, so one more fits than the model reads.
    room = max_length + 1 - len(continuation)
    if not continuation or not context or room < 1:
        return None
    cut = max(0, len(context) - room)
    return Request(item.item_id, tuple(context[cut:]), tuple(continuation), cut)
