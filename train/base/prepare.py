"""From installed packages to token arrays on disk, once per run folder.

Knows the order of the steps and what is kept of each. Must not know the training loop.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.train.base.corpus import Corpus, build_corpus
from tuneproof.train.base.forbidden import forbidden_grams
from tuneproof.train.base.grams import GramHasher
from tuneproof.train.base.mixture import (
    EXCHANGE_SHARE,
    SKILL_SHARE,
    Sequences,
    Stream,
    document_stream,
    exchange_stream,
    problems,
    skill_stream,
)
from tuneproof.train.base.tokenizer import load_tokenizer, train_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

#: Problems in the training mixture, and in the text that the vocabulary is learnt from.
PROBLEMS, VOCABULARY_PROBLEMS = 320_000, 20_000
_NAMES = ("documents", "skills", "exchanges")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tokenizer, the training streams and what became of the corpus (as plain data for the card)."""

    tokenizer: PreTrainedTokenizerFast
    streams: tuple[Stream, ...]
    about: dict[str, object]

    def sequences(self, seed: int) -> Sequences:
        """Draw from the streams in the recipe's shares."""
        shares = (1 - SKILL_SHARE - EXCHANGE_SHARE, SKILL_SHARE, EXCHANGE_SHARE)
        return Sequences(self.streams, shares, seed)


def prepare(folder: Path, exclude: Sequence[Path], seed: int, log: Callable[[str], None]) -> Prepared:
    """Build corpus, tokenizer and streams, or load what an earlier run left in `folder`."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "corpus.json").exists():
        tokenizer = load_tokenizer(folder)
        streams = tuple(
            Stream(np.load(folder / f"{n}_tokens.npy"), np.load(folder / f"{n}_weights.npy")) for n in _NAMES
        )
        return Prepared(tokenizer, streams, json.loads((folder / "corpus.json").read_text()))
    hasher = GramHasher()
    corpus = build_corpus(forbidden_grams(hasher, exclude), hasher)
    log(f"corpus: {len(corpus.train)} documents to train on, {len(corpus.held_out)} held out, {corpus.dropped}")
    texts = [d.text for d in corpus.train]
    tokenizer = train_tokenizer([*texts, *(p.text for p in problems(VOCABULARY_PROBLEMS, seed + 1))])
    streams = (
        document_stream(corpus.train, tokenizer),
        skill_stream(problems(PROBLEMS, seed), tokenizer, seed),
        exchange_stream(corpus.train, tokenizer, seed),
    )
    log(f"tokens: {', '.join(f'{n} {len(s.tokens)}' for n, s in zip(_NAMES, streams, strict=True))}")
    tokenizer.save_pretrained(folder)
    for name, stream in zip(_NAMES, streams, strict=True):
        np.save(folder / f"{name}_tokens.npy", stream.tokens)
        np.save(folder / f"{name}_weights.npy", stream.weights)
    (folder / "held_out.json").write_text(json.dumps([[d.distribution, d.text] for d in corpus.held_out]))
    about = _about(corpus, streams)
    (folder / "corpus.json").write_text(json.dumps(about, indent=1))
    return Prepared(tokenizer, streams, about)


def _about(corpus: Corpus, streams: Sequence[Stream]) -> dict[str, object]:
    return {
        "fingerprint": corpus.fingerprint(),
        "packages": [asdict(p) for p in corpus.packages],
        "documents": {"train": len(corpus.train), "held_out": len(corpus.held_out)},
        "dropped": corpus.dropped,
        "stream_tokens": {n: len(s.tokens) for n, s in zip(_NAMES, streams, strict=True)},
    }
