"""Which of llama.cpp's tokenizers does what a ``tokenizer.json`` says: recognised by its parts, never guessed.

Knows the pre-tokenizers of the families that are written, and the name that llama.cpp gives each. A GGUF file holds
no pre-tokenizer, only a name: a wrong one loads without complaint and cuts text in other places than training did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from tuneproof.datasets.workspace.errors import ModelError

# SHA-256 of the one regular expression that such a tokenizer splits by.
_SPLITS = {
    "d98f9631be1e9607a9848c26c1f9eac1aa9fc21ac6ba82a2fc0741af9780a48f": "llama-bpe",
    "1ff7f41064896984db5d1bb6ff64fa4bc29007d08c1b439e505b7392777a319e": "qwen2",
}
#: Names whose tokenizer looks a word up whole before it merges; the others always merge.
WHOLE_WORDS_FIRST = frozenset({"llama-bpe"})
_BLANK = "\u2581"
_HINT = (
    "Known are the pre-tokenizers of GPT-2, SmolLM, Llama 3, Qwen2 and Qwen3, and SentencePiece's of Llama 2 and "
    "Gemma. Convert this model with llama.cpp's own convert_hf_to_gguf.py."
)


@dataclass(frozen=True, slots=True)
class Pretokenizer:
    """``kind`` is GGUF's tokenizer model: ``gpt2`` merges bytes, ``llama`` SentencePiece's pieces."""

    kind: Literal["gpt2", "llama"]
    name: str
    space_prefix: bool = False


def recognise(tokenizer: Mapping[str, Any]) -> Pretokenizer:
    """Return the pre-tokenizer of a ``tokenizer.json``.

    Raises:
        ModelError: it is none that is known, or its normalizer or model does what that one does not.
    """
    model = tokenizer.get("model") or {}
    if model.get("type") != "BPE":
        raise ModelError(f"A tokenizer of type {model.get('type')!r} can't be written as GGUF.", _HINT)
    if model.get("byte_fallback"):
        return _sentencepiece(tokenizer)
    found = _by_bytes(tokenizer.get("pre_tokenizer"))
    normalizer = tokenizer.get("normalizer")
    if found is None:
        raise ModelError(f"An unknown pre-tokenizer: {_shown(tokenizer.get('pre_tokenizer'))}.", _HINT)
    # llama.cpp applies no NFC either for Qwen: text that is not composed is cut differently there, by all its users.
    if normalizer is not None and not (found == "qwen2" and normalizer == {"type": "NFC"}):
        raise ModelError(f"The pre-tokenizer {found} with a normalizer: {_shown(normalizer)}.", _HINT)
    if bool(model.get("ignore_merges")) != (found in WHOLE_WORDS_FIRST):
        raise ModelError(f"The pre-tokenizer {found} with ignore_merges = {bool(model.get('ignore_merges'))}.", _HINT)
    for name in ("continuing_subword_prefix", "end_of_word_suffix", "dropout"):
        if model.get(name):
            raise ModelError(f"The pre-tokenizer {found} with {name} = {model[name]!r}.", _HINT)
    return Pretokenizer("gpt2", found)


def _by_bytes(part: object) -> str | None:
    if _is_bytes(part, use_regex=True):
        return "gpt-2"
    if not isinstance(part, Mapping) or part.get("type") != "Sequence":
        return None
    match part.get("pretokenizers"):
        case [{"type": "Digits", "individual_digits": True}, last] if _is_bytes(last, use_regex=True):
            return "smollm"
        case [{"type": "Split", "pattern": {"Regex": str(regex)}, "behavior": "Isolated", "invert": False}, last]:
            known = _SPLITS.get(sha256(regex.encode()).hexdigest())
            return known if _is_bytes(last, use_regex=False) else None
    return None


def _is_bytes(part: object, *, use_regex: bool) -> bool:
    wanted = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": use_regex}
    return isinstance(part, Mapping) and {key: part.get(key) for key in wanted} == wanted


def _sentencepiece(tokenizer: Mapping[str, Any]) -> Pretokenizer:
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": _BLANK}
    prepend = {"type": "Prepend", "prepend": _BLANK}
    # Once every blank is replaced, splitting at blanks does nothing.
    split = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    normalizer, part = tokenizer.get("normalizer"), tokenizer.get("pre_tokenizer")
    if part in (None, split):
        if normalizer == replace:
            return Pretokenizer("llama", "default", space_prefix=False)
        if normalizer == {"type": "Sequence", "normalizers": [prepend, replace]}:
            return Pretokenizer("llama", "default", space_prefix=True)
    raise ModelError(
        f"An unknown SentencePiece form: normalizer {_shown(normalizer)}, pre-tokenizer {_shown(part)}.", _HINT
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]} ..."
