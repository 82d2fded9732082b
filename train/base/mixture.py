"""What the model reads, as token arrays: documentation, solved problems and short exchanges.

Knows how documents and problems are packed, weighted and drawn as sequences. Must not know the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from tuneproof.datasets.bundled.suites import TrainingText, training_texts
from tuneproof.train.base.packages import Document
from tuneproof.train.base.tokenizer import END_OF_TEXT_ID, render_chat

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from transformers import PreTrainedTokenizerFast

    Tokens = NDArray[np.uint16]
    Weights = NDArray[np.float32]

#: Shares of the sequences; the rest is documentation in source order.
SKILL_SHARE, EXCHANGE_SHARE = 0.10, 0.05
#: Weight of a token's loss by its place: the operands of a problem can't be predicted, its answer can.
PROMPT_WEIGHT, ANSWER_WEIGHT = 0.2, 2.0
SYSTEM_PROMPTS = (
    "You are a helpful assistant.",
    "You answer questions about software documentation.",
    "Answer briefly and correctly.",
    "You are a technical writer. Answer from the documentation.",
)
_QUESTIONS = ("What does `{n}` do?", "What is `{n}`?", "Explain `{n}`.", "Describe `{n}` in a sentence.")


@dataclass(frozen=True, slots=True)
class Stream:
    """A long run of tokens with the weight of each token's loss; both of shape (tokens,)."""

    tokens: Tokens
    weights: Weights


def document_stream(documents: Sequence[Document], tokenizer: PreTrainedTokenizerFast) -> Stream:
    """All documents one after another, each opened by the end-of-text token."""
    import numpy as np

    parts = [[END_OF_TEXT_ID, *ids] for ids in _encoded([d.text for d in documents], tokenizer)]
    tokens = np.fromiter((t for p in parts for t in p), dtype=np.uint16, count=sum(map(len, parts)))
    return Stream(tokens, np.ones(len(tokens), dtype=np.float32))


def skill_stream(problems: Iterable[TrainingText], tokenizer: PreTrainedTokenizerFast, seed: int) -> Stream:
    """Solved problems, half as plain text and half as an exchange, each with its weights."""
    rng = Random(f"skills:{seed}")
    halves: list[str] = []
    for problem in problems:
        if rng.random() < 0.5:
            opening, ending = problem.prompt, problem.text[len(problem.prompt) :]
        else:
            system = rng.choice(SYSTEM_PROMPTS) if rng.random() < 0.25 else None
            opening, ending = _cut(render_chat(problem.prompt, problem.answer, system), problem.answer)
        halves += [opening, ending]
    return _weighted(_encoded(halves, tokenizer), rng)


def exchange_stream(documents: Sequence[Document], tokenizer: PreTrainedTokenizerFast, seed: int) -> Stream:
    """Question and answer about every described name: its summary is the answer, weighted like any text."""
    import numpy as np

    rng = Random(f"exchanges:{seed}")
    chosen = [(d, s) for d in documents if d.kind in {"function", "class"} and (s := summary_of(d.text))]
    rng.shuffle(chosen)
    texts = []
    for document, summary in chosen:
        name = ".".join(document.name.split(".")[-rng.randint(1, 3) :])
        system = rng.choice(SYSTEM_PROMPTS) if rng.random() < 0.25 else None
        texts.append(render_chat(rng.choice(_QUESTIONS).format(n=name), summary, system))
    parts = _encoded(texts, tokenizer)
    opened = [[END_OF_TEXT_ID, *p] if rng.random() < 0.5 else p for p in parts]
    tokens = np.fromiter((t for p in opened for t in p), dtype=np.uint16, count=sum(map(len, opened)))
    return Stream(tokens, np.ones(len(tokens), dtype=np.float32))


def summary_of(text: str) -> str | None:
    """The first paragraph on one line, if it reads as one sentence or two."""
    first = " ".join(text.split("\n\n", 1)[0].split())
    readable = 20 <= len(first) <= 400 and first[0].isupper() and first.endswith(".") and ">>>" not in first
    return first if readable else None


def problems(count: int, seed: int, suites: Sequence[str] | None = None) -> Iterator[TrainingText]:
    """The first `count` training texts of the general suites."""
    source = training_texts(seed) if suites is None else training_texts(seed, suites)
    return islice(source, count)


class Sequences:
    """Draws sequences from streams without repeating one before its stream is used up."""

    def __init__(self, streams: Sequence[Stream], shares: Sequence[float], seed: int) -> None:
        self._streams = streams
        self._shares = list(shares)
        self._rng = Random(f"sequences:{seed}")
        self._starts: list[list[int]] = [[] for _ in streams]
        self.passes = [0.0] * len(streams)

    def batch(self, rows: int, length: int) -> tuple[Tokens, Weights]:
        """Tokens and loss weights, both of shape (rows, length + 1)."""
        import numpy as np

        taken = [self._next(length) for _ in range(rows)]
        return np.stack([t for t, _ in taken]), np.stack([w for _, w in taken])

    def _next(self, length: int) -> tuple[Tokens, Weights]:
        index = self._rng.choices(range(len(self._streams)), self._shares)[0]
        stream = self._streams[index]
        starts = self._starts[index]
        while not starts or starts[-1] + length + 1 > len(stream.tokens):
            if not starts:
                starts.extend(range(self._rng.randrange(length), len(stream.tokens) - length - 1, length))
                self._rng.shuffle(starts)
            else:
                starts.pop()
        at = starts.pop()
        self.passes[index] += length / len(stream.tokens)
        return stream.tokens[at : at + length + 1], stream.weights[at : at + length + 1]


def _encoded(texts: Sequence[str], tokenizer: PreTrainedTokenizerFast) -> list[list[int]]:
    backend = tokenizer.backend_tokenizer
    step = 20_000
    batches = (backend.encode_batch_fast(list(texts[i : i + step])) for i in range(0, len(texts), step))
    return [encoding.ids for batch in batches for encoding in batch]


def _cut(text: str, answer: str) -> tuple[str, str]:
    at = text.rindex(answer)
    return text[:at], text[at:]


def _weighted(halves: Sequence[list[int]], rng: Random) -> Stream:
    """Join (opening, ending) pairs; plain text is always opened by end-of-text, an exchange half the time."""
    import numpy as np

    tokens: list[int] = []
    weights: list[float] = []
    for opening, ending in zip(halves[::2], halves[1::2], strict=True):
        is_chat = opening[0] < 4
        if not is_chat or rng.random() < 0.5:
            tokens.append(END_OF_TEXT_ID)
            weights.append(1.0)
        tokens += opening + ending
        weights += [PROMPT_WEIGHT] * len(opening) + [ANSWER_WEIGHT] * len(ending)
    return Stream(np.array(tokens, dtype=np.uint16), np.array(weights, dtype=np.float32))
