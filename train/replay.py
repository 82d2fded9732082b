"""Replay: general text mixed in among the pairs, so that a fine-tune keeps what its base could do.

Knows where the text comes from, how it is cut, and that none of it may be what the general probe scores.
It must not know trainers.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneproof.datasets.workspace.config import Train
from tuneproof.datasets.workspace.errors import DataError, ModelError
from tuneproof.datasets.workspace.identity import canonical_json, sha256
from tuneproof.train.base.grams import GramHasher, shares_any

TEXT_SUFFIXES = (".md", ".mdx", ".rst", ".txt")
SPARE = 1.25  # texts asked for beyond the need, since some are dropped


@dataclass(frozen=True, slots=True)
class Replay:
    """Rows of token ids, each at most ``replay_tokens`` long; ``dropped`` texts shared 13 words with a probe text."""

    rows: tuple[tuple[int, ...], ...]
    asked: int
    source: str
    dropped: int
    sha256: str

    @property
    def tokens(self) -> int:
        """Tokens of all rows; all of them carry loss."""
        return sum(len(row) for row in self.rows)


def replay_count(train: Train, pairs: int) -> int:
    """Return how many rows of replay the configuration asks for among ``pairs`` pairs."""
    return round(train.replay * pairs)


def check_source(train: Train, base: Path | str) -> None:
    """Make sure that there is text to replay before anything is loaded.

    Raises:
        DataError: the source named does not exist, or ``base`` is asked for another base than tuneproof-base.
    """
    if train.replay == 0:
        return
    if train.replay_source == "base":
        if not is_tuneproof_base(base):
            raise DataError(
                f"{base} is not tuneproof-base, so its own training text is not known and can't be replayed.",
                "Set [train] replay_source to a folder of general text files, or replay = 0.",
            )
    elif not Path(train.replay_source).exists():
        raise DataError(
            f"There is no {train.replay_source} to replay from.",
            'Set [train] replay_source to a folder of text files, or to "base" for tuneproof-base.',
        )


def is_tuneproof_base(base: Path | str) -> bool:
    """Whether ``base`` is the bundled model: a folder whose card says so."""
    from tuneproof.datasets.bundled.base import base_path

    try:
        bundled = base_path()
    except ModelError:
        return False  # a damaged install says so itself as soon as its base is asked for
    return Path(base).resolve() == bundled.resolve()


def make_replay(train: Train, pairs: int, tokenizer: Any) -> Replay:
    """Return the replay rows for ``pairs`` pairs: the same text for the same seed and source.

    Raises:
        DataError: the source holds no text that may be replayed.
    """
    asked = replay_count(train, pairs)
    if asked == 0:
        return Replay((), 0, "none", 0, sha256(""))
    hasher = GramHasher()
    known = hasher.union(probe_texts())
    # A text opens as it did when the base was trained, and as the probe opens what it scores.
    opening = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    rows: list[tuple[int, ...]] = []
    dropped = 0
    for text, context in _texts(train, asked, tokenizer):
        if shares_any(hasher.grams(context), known):
            dropped += 1
            continue
        ids = [*opening, *tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]][: train.replay_tokens]
        if len(ids) > 1:
            rows.append(tuple(ids))
        if len(rows) == asked:
            break
    if not rows:
        raise DataError(
            f"{train.replay_source} holds no text that may be replayed ({dropped} dropped as probe text).",
            "Name a folder with more general text in [train] replay_source, or set replay = 0.",
        )
    return Replay(tuple(rows), asked, train.replay_source, dropped, sha256(canonical_json(rows)))


def probe_texts() -> Iterator[str]:
    """Every text whose loss the general probe scores: the bundled ones and the topics of ``help()``."""
    from tuneproof.datasets.bundled.texts import general_texts

    yield from (text.text for text in general_texts())
    topics = importlib.import_module("pydoc_data.topics").topics
    yield from (topics[key] for key in sorted(topics))


def _texts(train: Train, asked: int, tokenizer: Any) -> list[tuple[str, str]]:
    """Return each text with the text around it that is checked along with it."""
    if train.replay_source == "base":
        from tuneproof.train.base.corpus import replay_documents

        found = replay_documents(round(asked * SPARE) + 8, train.replay_tokens, train.seed, tokenizer)
        return [(text, text) for text in found]
    return _cut_files(Path(train.replay_source), train, tokenizer)


def _cut_files(root: Path, train: Train, tokenizer: Any) -> list[tuple[str, str]]:
    """Cut every text file under ``root`` into pieces of ``replay_tokens``, in an order drawn by the seed.

    The context of a piece reaches over its neighbours: a short piece alone may hold no 13 words to be known by.
    """
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.suffix in TEXT_SUFFIXES)
    pieces: list[tuple[str, str]] = []
    size = train.replay_tokens
    for path in files:
        text = path.read_text("utf-8", errors="replace")
        read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        spans = read["offset_mapping"]
        for start in range(0, len(spans), size):
            part, around = spans[start : start + size], spans[max(0, start - size) : start + 2 * size]
            pieces.append((text[part[0][0] : part[-1][1]], text[around[0][0] : around[-1][1]]))
    random.Random(train.seed).shuffle(pieces)
    return pieces
