"""The proof that only answers are trained on: what a real batch's labels say, token by token.

Knows batches, labels and the chat template. It must not know how the batch was made: that is what it checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.datasets.workspace.errors import RunError
from tuneproof.train.rows import Conversation

IGNORED = -100  # the label of a token without loss, by torch's convention


@dataclass(frozen=True, slots=True)
class MaskProof:
    """What was seen: rows and tokens checked, and one row as it is trained."""

    pair_rows: int
    replay_rows: int
    tokens_with_loss: int
    tokens_without_loss: int
    padding: int
    example: Mapping[str, str]


def expected_answer(row: Conversation, tokenizer: Any) -> str:
    """Return what the chat template writes after the prompt for ``row``: its answer and the end of the turn.

    Raises:
        RunError: the template renders the prompt otherwise when an answer follows.
    """
    prompt = tokenizer.apply_chat_template(row.prompt, tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(row.prompt + row.completion, tokenize=False)
    if not whole.startswith(prompt):
        raise RunError(
            "The base's chat template renders a question differently once its answer follows, so the model would be "
            "trained on another prompt than it is asked with.",
            "Use a base whose template renders the prompt the same way in both cases.",
        )
    return str(whole[len(prompt) :])


def prove(
    batches: Iterable[Mapping[str, Any]],
    rows: Mapping[tuple[int, ...], Conversation],
    replay: set[tuple[int, ...]],
    tokenizer: Any,
) -> MaskProof:
    """Check every row of ``batches`` and return what was seen.

    ``rows`` and ``replay`` tell by its tokens which row is which. A pair must carry loss on exactly its answer and
    the end of its turn, a replay row on every token; padding never does.

    Raises:
        RunError: any row differs, or no pair was among them.
    """
    pairs = replayed = with_loss = without = padding = 0
    example: dict[str, str] = {}
    for batch in batches:
        for ids, labels, mask in _rows(batch):
            length = sum(mask)
            if any(label != IGNORED for label in labels[length:]):
                raise _broken("padding carries loss")
            tokens, marks = ids[:length], [label != IGNORED for label in labels[:length]]
            if any(mark and label != token for token, label, mark in zip(tokens, labels, marks, strict=False)):
                raise _broken("a label is not its own token")
            padding += len(ids) - length
            with_loss += sum(marks)
            without += length - sum(marks)
            if tuple(tokens) in rows:
                pairs += 1
                shown = _check_pair(tokens, marks, rows[tuple(tokens)], tokenizer)
                example = example or shown
            elif tuple(tokens) in replay:
                replayed += 1
                if not all(marks[1:]):  # the first token of a text is never predicted
                    raise _broken("a replayed text is masked")
            else:
                raise _broken("a row of the batch is no row of the set")
    if not pairs:
        raise _broken("no pair was in the batches looked at")
    return MaskProof(pairs, replayed, with_loss, without, padding, example)


def _rows(batch: Mapping[str, Any]) -> Iterable[tuple[list[int], list[int], list[int]]]:
    """Return ids, labels and mask of each row, also of a batch that was put into one row without padding."""
    if "attention_mask" in batch:
        columns = (batch["input_ids"].tolist(), batch["labels"].tolist(), batch["attention_mask"].tolist())
        return list(zip(*columns, strict=True))
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    starts = [at for at, place in enumerate(batch["position_ids"][0].tolist()) if place == 0]
    found: list[tuple[list[int], list[int], list[int]]] = []
    for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
        row = slice(start, end)
        if end - start > 1:
            found.append((ids[row], labels[row], [1] * (end - start)))
        elif labels[start] != IGNORED:  # what fills the row up to a multiple is single places
            raise _broken("padding carries loss")
    return found


def _check_pair(tokens: Sequence[int], marks: Sequence[bool], row: Conversation, tokenizer: Any) -> dict[str, str]:
    start = marks.index(True) if True in marks else len(marks)
    if not all(marks[start:]) or start == len(marks):
        raise _broken(f"the trained part of a row is not its end: {row.question!r}")
    trained = tokenizer.decode(list(tokens[start:]), skip_special_tokens=False, clean_up_tokenization_spaces=False)
    untrained = tokenizer.decode(list(tokens[:start]), skip_special_tokens=False, clean_up_tokenization_spaces=False)
    wanted = expected_answer(row, tokenizer)
    cut = trained != wanted and len(tokens) > 0 and wanted.startswith(trained.rstrip("\ufffd"))
    if trained.strip() != wanted.strip() and not cut:
        raise _broken(f"trained on {trained!r} where {wanted!r} was to be")
    if row.question.strip() not in untrained:
        raise _broken(f"the question {row.question!r} is not in the part without loss")
    if not cut:
        _check_end(trained, row, tokenizer)
    return {"trained_on": trained, "not_trained_on": untrained}


def _check_end(trained: str, row: Conversation, tokenizer: Any) -> None:
    at = trained.find(row.answer.strip())
    if at < 0:
        raise _broken(f"the answer {row.answer!r} is not in the trained part")
    rest = trained[at + len(row.answer.strip()) :]
    if not any(token in rest for token in tokenizer.all_special_tokens):
        raise _broken(f"no end of turn follows the answer (only {rest!r}), so the model would never learn to stop")


def _broken(what: str) -> RunError:
    return RunError(
        f"The loss mask is wrong: {what}.",
        "Nothing was trained. Check the base's chat template and tokenizer; another base may do.",
    )
