"""A base's tokenizer as GGUF holds it: tokens with their types, merges or scores, special ids, flags and template.

Knows ``tokenizer.json`` and GGUF's tokenizer keys. It must not know weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.exchange.chat_format import ChatFormat, read_chat_format
from tuneproof.datasets.exchange.gguf_pretokenizer import Pretokenizer, recognise
from tuneproof.datasets.workspace.errors import ModelError

if TYPE_CHECKING:
    from gguf import GGUFWriter

# GGUF's token types.
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
_BLANK = "\u2581"
_SPECIAL_IDS = ("bos", "eos", "pad", "unk")
_HINT = "Convert this model with llama.cpp's own convert_hf_to_gguf.py."


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything under GGUF's ``tokenizer`` keys; ``scores`` only for SentencePiece, ``merges`` only for bytes."""

    pretokenizer: Pretokenizer
    tokens: tuple[str, ...]
    types: tuple[int, ...]
    merges: tuple[str, ...]
    scores: tuple[float, ...]
    special_ids: Mapping[str, int]
    add_bos: bool
    add_eos: bool
    chat: ChatFormat


def read_vocabulary(base: Path, size: int) -> Vocabulary:
    """Return the vocabulary of ``base`` filled up to the ``size`` rows of its embedding.

    Raises:
        ModelError: the tokenizer is one that GGUF can't say exactly, or the base has no chat template.
    """
    from transformers import AutoTokenizer

    loaded: Any = AutoTokenizer.from_pretrained(base, local_files_only=True, trust_remote_code=False)
    document = _read(base, loaded)
    pretokenizer = recognise(document)
    added = {entry["id"]: entry for entry in document.get("added_tokens") or ()}
    tokens, types = _tokens(document, added, size, sentencepiece=pretokenizer.kind == "llama")
    pairs = [_pair(merge) for merge in document["model"]["merges"]]
    merges: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    if pretokenizer.kind == "gpt2":
        merges = tuple(f"{left} {right}" for left, right in pairs)
    else:
        scores = tuple(
            _scores(document["model"]["vocab"], pairs, {entry["content"] for entry in added.values()}, tokens)
        )
    add_bos, add_eos = _added_ends(loaded)
    ids = {name: getattr(loaded, f"{name}_token_id") for name in _SPECIAL_IDS}
    special = {name: int(found) for name, found in ids.items() if found is not None and found < size}
    return Vocabulary(
        pretokenizer, tokens, types, merges, scores, special, add_bos, add_eos, read_chat_format(base, loaded)
    )


def write_vocabulary(writer: GGUFWriter, vocabulary: Vocabulary) -> None:
    """Hand every tokenizer key to ``writer``; the flags are always explicit, for readers' defaults differ."""
    writer.add_tokenizer_model(vocabulary.pretokenizer.kind)
    writer.add_tokenizer_pre(vocabulary.pretokenizer.name)
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(list(vocabulary.types))
    if vocabulary.merges:
        writer.add_token_merges(list(vocabulary.merges))
    if vocabulary.scores:
        writer.add_token_scores(list(vocabulary.scores))
        writer.add_add_space_prefix(vocabulary.pretokenizer.space_prefix)
    for name, token_id in vocabulary.special_ids.items():
        getattr(writer, f"add_{name}_token_id")(token_id)
    # One end of turn beside eos can be named; what else ends an answer llama.cpp knows by its text.
    turn_end = next((i for i, text in vocabulary.chat.stops if vocabulary.chat.turn_end.strip().startswith(text)), None)
    if turn_end is not None and turn_end != vocabulary.special_ids.get("eos"):
        writer.add_eot_token_id(turn_end)
    writer.add_add_bos_token(vocabulary.add_bos)
    writer.add_add_eos_token(vocabulary.add_eos)
    writer.add_chat_template(vocabulary.chat.template)


def _read(base: Path, loaded: Any) -> dict[str, Any]:
    """Return ``tokenizer.json`` as written, proved to be what the loaded tokenizer runs."""
    path = base / "tokenizer.json"
    try:
        stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {error}.", "Name a model folder with a fast tokenizer.") from error
    running = json.loads(loaded.backend_tokenizer.to_str())
    for part in ("normalizer", "pre_tokenizer"):
        if stored.get(part) != running.get(part):
            raise ModelError(
                f"{base}: its class {type(loaded).__name__} replaces the {part} that tokenizer.json states.",
                "Save the tokenizer again with the transformers release that loads it, then export.",
            )
    return stored


def _tokens(
    document: Mapping[str, Any], added: Mapping[int, Mapping[str, Any]], size: int, *, sentencepiece: bool
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    by_id: dict[int, str] = {index: text for text, index in document["model"]["vocab"].items()}
    by_id |= {index: entry["content"] for index, entry in added.items()}
    if by_id and max(by_id) >= size:
        raise ModelError(
            f"The tokenizer has ids up to {max(by_id)}, the embedding {size} rows.", "Resize the embedding."
        )
    unknown = document["model"].get("unk_token")
    tokens, types = [], []
    for index in range(size):
        text = by_id.get(index)
        if text is None:
            text, kind = f"[PAD{index}]", UNUSED
        elif sentencepiece and text == unknown:
            kind = UNKNOWN
        elif index in added:
            text, kind = _added(added[index], sentencepiece=sentencepiece)
        elif sentencepiece and _is_byte(text):
            kind = BYTE
        else:
            kind = NORMAL
        tokens.append(text)
        types.append(kind)
    return tuple(tokens), tuple(types)


def _added(entry: Mapping[str, Any], *, sentencepiece: bool) -> tuple[str, int]:
    for flag in ("single_word", "lstrip", "rstrip"):
        if entry.get(flag):
            raise ModelError(f"The token {entry['content']!r} has {flag}, which GGUF can't say.", _HINT)
    if entry.get("special"):
        return entry["content"], CONTROL
    # Such tokens are looked for in the text before blanks are replaced.
    return entry["content"].replace(_BLANK, " ") if sentencepiece else entry["content"], USER_DEFINED


def _is_byte(text: str) -> bool:
    return len(text) == 6 and text.startswith("<0x") and text.endswith(">")


def _pair(merge: object) -> tuple[str, str]:
    if isinstance(merge, str):
        left, _, right = merge.partition(" ")
        return left, right
    if isinstance(merge, Sequence) and len(merge) == 2:
        return str(merge[0]), str(merge[1])
    raise ModelError(f"A merge that is no pair: {merge!r}.", _HINT)


def _scores(
    vocab: Mapping[str, int], pairs: Sequence[tuple[str, str]], added: set[str], tokens: Sequence[str]
) -> Iterator[float]:
    """Yield a score for each token under which merging by score does what merging by rank does.

    SentencePiece joins the neighbours whose joined piece scores highest, in whatever way the piece comes apart; so
    all ways must be merges, and the merges of one piece must stand together in rank.

    Raises:
        ModelError: the merges are not of that kind.
    """
    ranks: dict[str, int] = {}
    last = ""
    for rank, (left, right) in enumerate(pairs):
        piece = left + right
        if piece != last and piece in ranks:
            raise ModelError(f"The merges of {piece!r} do not stand together, so no score can stand for them.", _HINT)
        ranks.setdefault(piece, rank)
        last = piece
    known = set(pairs)
    for piece in vocab:
        if piece in added or _is_byte(piece):
            continue
        for at in range(1, len(piece)):
            split = (piece[:at], piece[at:])
            if split[0] in vocab and split[1] in vocab and split not in known:
                raise ModelError(
                    f"The tokenizer never joins {split[0]!r} and {split[1]!r}, SentencePiece would.", _HINT
                )
    lowest = float(len(pairs) + 1)
    for text in tokens:
        yield -float(ranks[text]) if text in ranks else (0.0 if _is_byte(text) or text in added else -lowest)


def _added_ends(loaded: Any) -> tuple[bool, bool]:
    """Return whether encoding puts bos before a text and eos after it."""
    bare = loaded.encode("a b", add_special_tokens=False)
    whole = loaded.encode("a b", add_special_tokens=True)
    bos, eos = [loaded.bos_token_id], [loaded.eos_token_id]
    for add_bos in (False, True):
        for add_eos in (False, True):
            if whole == (bos if add_bos else []) + bare + (eos if add_eos else []):
                return add_bos, add_eos
    raise ModelError("The tokenizer adds other tokens than bos and eos to a text.", _HINT)
