"""One question, three answers: the base, the base given the passage, and the tuned model.

Knows how a question is put. It must not judge the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.errors import UsageError
from tuneproof.evaluate.encoding import prompt_ids
from tuneproof.evaluate.models import load_model
from tuneproof.evaluate.outputs import generate

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WITH_PASSAGE = "Answer from this passage.\n\n{passage}\n\n{question}"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers; None where there was no passage or no adapter. ``passage_cut``: tokens that did not fit."""

    base: str
    base_with_passage: str | None
    tuned: str | None
    passage_cut: int = 0


def ask(
    question: str,
    passage: str | None,
    base: Path | str,
    trained: Path | None,
    system: str | None = None,
    max_new_tokens: int = 128,
    threads: int = 0,
) -> Answers:
    """Answer ``question`` greedily with every state there is, loading the base once.

    Raises:
        UsageError: the question is empty.
        ModelError: base or what was trained can't be loaded.
    """
    if not question.strip():
        raise UsageError("The question is empty.", 'Ask something: tuneproof ask "What is ...?"')
    loaded = load_model(str(base), trained, threads)
    head = [{"role": "system", "content": system}] if system else []

    def prompt(text: str) -> list[int]:
        return prompt_ids([*head, {"role": "user", "content": text}], loaded.tokenizer)

    def with_passage(text: str) -> list[int]:
        return prompt(WITH_PASSAGE.format(passage=text, question=question))

    asked, cut = [prompt(question)], 0
    if passage:
        room = loaded.max_length - max_new_tokens - len(with_passage(""))
        fitting, cut = _fit(passage, max(0, room), loaded.tokenizer)
        asked.append(with_passage(fitting))
    answers = generate(loaded, "base", asked, max_new_tokens)
    tuned = generate(loaded, "tuned", asked[:1], max_new_tokens)[0] if trained else None
    return Answers(answers[0], answers[1] if passage else None, tuned, cut)


def _fit(passage: str, room: int, tokenizer: PreTrainedTokenizerBase) -> tuple[str, int]:
    """Return the start of a passage that fits ``room`` tokens, and how many tokens were cut."""
    ids = tokenizer(passage, add_special_tokens=False)["input_ids"]
    if len(ids) <= room:
        return passage, 0
    return str(tokenizer.decode(ids[:room])), len(ids) - room
