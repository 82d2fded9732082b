"""How many tokens a text is: exactly, by a base model's own tokenizer, or roughly, by its bytes.

Knows the ``tokenizers`` library. It must not know transformers, which takes seconds to import.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import sha256

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from tuneproof.curate.rows import PairRow
    from tuneproof.datasets.workspace.records import Pair

Counter = Callable[[str], int]
BYTES_PER_TOKEN = 3.5
BATCH = 1024
# Tokens that a chat template puts around one question and one answer, counted into every pair.
TEMPLATE_TOKENS = 10


def estimate_tokens(text: str) -> int:
    """Return about how many tokens ``text`` is: its UTF-8 bytes / 3.5, rounded up. Needs no model."""
    return -int(-len(text.encode()) // BYTES_PER_TOKEN)


def count_tokens(texts: Sequence[str], base: Path) -> list[int]:
    """Return the number of tokens of each text by ``base``'s ``tokenizer.json``, without special tokens.

    Raises:
        ModelError: the folder holds no tokenizer.json, or one that can't be read.
    """
    path = base / "tokenizer.json"
    try:
        modified = path.stat().st_mtime_ns
    except OSError as error:
        raise _no_tokenizer(base) from error
    tokenizer = _load(path, modified)
    counts: list[int] = []
    for first in range(0, len(texts), BATCH):
        batch = tokenizer.encode_batch_fast(list(texts[first : first + BATCH]), add_special_tokens=False)
        counts.extend(len(encoding) for encoding in batch)
    return counts


def lengths(pairs: Sequence[Pair | PairRow], base: Path) -> list[int]:
    """Return the tokens of each whole conversation, the template's share of every question with its answer included.

    Raises:
        ModelError: the folder holds no tokenizer.json, or one that can't be read.
    """
    texts = ["\n".join(filter(None, (p.system, *(t for _, t in p.history), p.question, p.answer))) for p in pairs]
    rounds = [1 + len(pair.history) // 2 for pair in pairs]
    return [count + TEMPLATE_TOKENS * n for count, n in zip(count_tokens(texts, base), rounds, strict=True)]


def tokenizer_sha256(base: Path) -> str:
    """Return the hash of ``base``'s ``tokenizer.json``: token counts stand as long as it does.

    Raises:
        ModelError: the folder holds none.
    """
    try:
        return sha256((base / "tokenizer.json").read_bytes())
    except OSError as error:
        raise _no_tokenizer(base) from error


def _no_tokenizer(base: Path) -> ModelError:
    return ModelError(f"{base} holds no tokenizer.json.", "Name a model folder with a fast tokenizer in [base] model.")


@lru_cache(maxsize=2)
def _load(path: Path, modified: int) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} can't be read: {error}.", "Download the base model again.") from error
    # The library raises a bare Exception for anything else, so what is plainly no tokenizer is told apart before.
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{path} is no tokenizer: {error}.", "Download the base model again.") from error
    if not isinstance(values, dict) or "model" not in values:
        raise ModelError(f"{path} is no tokenizer: it holds no model.", "Download the base model again.")
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
