"""The rows that are trained on: a snapshot's conversations as a prompt and its one answer.

Knows the snapshot's message rows and which of them this trainer takes. It must not know how they are tokenised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.identity import digest
from tuneproof.datasets.workspace.records import Split
from tuneproof.datasets.workspace.snapshots import Snapshot

SELECTION_CAP = 100  # rows of the validation split that are scored during training

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Conversation:
    """An optional system message, earlier turns if there are any, the question, and the answer that is trained on."""

    system: str | None
    question: str
    answer: str
    history: tuple[tuple[str, str], ...] = ()

    @property
    def prompt(self) -> list[Message]:
        """The messages before the answer."""
        head = [{"role": "system", "content": self.system}] if self.system else []
        turns = (*self.history, ("user", self.question))
        return [*head, *({"role": role, "content": text} for role, text in turns)]

    @property
    def completion(self) -> list[Message]:
        """The answer as the one message that follows."""
        return [{"role": "assistant", "content": self.answer}]


def conversations(snapshot: Snapshot, split: Split) -> list[Conversation]:
    """Return the rows of ``split`` in file order.

    Raises:
        DataError: a row is no conversation: turns of user and assistant by turns, the last an answer.
    """
    return [_conversation(messages, f"{split}.jsonl, row {n}") for n, messages in enumerate(snapshot.rows(split), 1)]


def selection_rows(snapshot: Snapshot, cap: int = SELECTION_CAP) -> list[Conversation]:
    """Return at most ``cap`` rows of the validation split, chosen by a hash of their content, in that order."""
    rows = conversations(snapshot, "validation")
    return sorted(rows, key=lambda row: digest("selection", row.system or "", row.question, row.answer))[:cap]


def _conversation(messages: Sequence[Mapping[str, str]], where: str) -> Conversation:
    roles = [message.get("role") for message in messages]
    head = int(roles[:1] == ["system"])
    turns = roles[head:]
    if not turns or turns != ["user", "assistant"] * (len(turns) // 2):
        raise DataError(
            f"{where} has the turns {', '.join(map(str, roles)) or '(none)'}; this trainer takes questions and answers "
            "by turns, with a system message before them or none.",
            "Mend the conversation, or leave it out, and freeze the set again.",
        )
    texts = [message.get("content") for message in messages]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise DataError(f"{where} has an empty message.", "Fill or reject that pair and freeze the set again.")
    earlier = tuple((str(role), str(text)) for role, text in zip(roles[head:-2], texts[head:-2], strict=True))
    return Conversation(str(texts[0]) if head else None, str(texts[-2]), str(texts[-1]), earlier)


def token_counts(rows: Sequence[Conversation], tokenizer: Any) -> list[int]:
    """Return how many tokens each row has when the base's chat template has rendered it whole."""
    whole = [row.prompt + row.completion for row in rows]
    return [len(tokenizer.apply_chat_template(one, tokenize=True, return_dict=False)) for one in whole]
