"""Tiny random models of the four architectures, each with a tokenizer trained under its family's own pre-tokenizer.

Every weight is random, norms and biases too, so that a forgotten permutation, offset or bias changes what is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

FAMILIES = ("llama", "qwen2", "qwen3", "gemma3")
VOCABULARY = 900
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")
_CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_LLAMA_CHAT = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    " + message['content'] + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
_GEMMA_CHAT = (
    "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + message['role'].replace('assistant', 'model') "
    "+ '\\n' + message['content'] + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
_SPECIALS: Mapping[str, tuple[str, ...]] = {
    "llama": ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    "qwen2": ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    "gemma3": ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"),
}


def texts() -> list[str]:
    """Return the bundled prose: what the tokenizers are trained on."""
    folder = files("tuneproof.datasets.bundled").joinpath("prose")
    return [path.read_text("utf-8") for path in sorted(folder.iterdir(), key=lambda path: path.name)]


def prompts(count: int) -> list[str]:
    """Return ``count`` prompts: sentences of the prose, and what tokenizers stumble over."""
    odd = [
        "I'll say it's 12345 o'clock, they've DON'T we'd?", "  two  blanks\n\nand lines \t\n tabs  ", "naïve 東京 🙂",
        "x=1;y=22;z=333;w=4444", "def f(a, b):\n    return a+b\n", "https://example.org/a?b=1&c=2", "100% (of 3.14)...",
        "ÀÉÎ ﬁne ½ ² Ⅳ", " leading", "trailing ", "\n", "''' \"quoted\" `code`", "A\r\nB\r\n", "<not a token> [INST]",
    ]  # fmt: skip
    sentences = [line.strip()[:120] for text in texts() for line in text.splitlines() if len(line) > 60]
    step = max(1, len(sentences) // max(1, count - len(odd)))
    return [*odd, *sentences[::step]][:count]


def make_family(folder: Path, family: str, seed: int = 0) -> Path:
    """Write a random model of ``family`` with its tokenizer and chat template to ``folder``."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = gemma_tokenizer() if family == "gemma3" else bytes_tokenizer(family)
    tokenizer.save_pretrained(folder)
    shape: dict[str, Any] = {
        "vocab_size": len(tokenizer) + 4, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 256,
        "bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id, "tie_word_embeddings": family in ("qwen2", "gemma3"),
    }  # fmt: skip
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 1e6}
    if family == "llama":
        rope = {"rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 64}  # fmt: skip
    elif family == "qwen3":
        shape["head_dim"] = 32
    elif family == "gemma3":
        shape |= {"num_hidden_layers": 7, "head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 16}
        local = {"rope_type": "default", "rope_theta": 10_000.0}
        rope = {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6}, "sliding_attention": local}
    names = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3", "gemma3": "Gemma3Text"}
    config = getattr(transformers, f"{names[family]}Config")(**shape, rope_parameters=rope)
    torch.manual_seed(seed)
    making: Any = transformers.AutoModelForCausalLM
    model = making.from_config(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight.normal_(0.0 if family == "gemma3" or name.endswith("bias") else 1.0, 0.2)
            else:
                weight.normal_(0.0, 0.15)
    model.save_pretrained(folder)
    return folder


def bytes_tokenizer(family: str) -> Any:
    """Return a byte-level tokenizer of Llama 3's or Qwen's kind."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    llama = family == "llama"
    specials = _SPECIALS["llama" if llama else "qwen2"]
    tokenizer: Any = Tokenizer(models.BPE(ignore_merges=llama))
    if not llama:
        tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(LLAMA3 if llama else QWEN2), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.add_special_tokens(list(specials))
    if llama:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{specials[0]} $A",
            pair=f"{specials[0]} $A $B",
            special_tokens=[(specials[0], tokenizer.token_to_id(specials[0]))],
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=specials[0] if llama else None,
        eos_token=specials[-1],
        pad_token=specials[1] if llama else specials[0],
        clean_up_tokenization_spaces=False,
        chat_template=_LLAMA_CHAT if llama else _CHATML,
    )  # type: ignore[no-untyped-call]


def gemma_tokenizer() -> Any:
    """Return a tokenizer of Gemma's kind: pieces of SentencePiece, merges in every way a piece comes apart."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    specials = _SPECIALS["gemma3"]
    learnt: Any = Tokenizer(models.BPE())
    learnt.normalizer = normalizers.Replace(" ", "\u2581")
    # Pieces don't cross words while they are learnt, as in SentencePiece; the finished tokenizer splits nothing.
    learnt.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
    learnt.train_from_iterator(texts(), trainers.BpeTrainer(vocab_size=VOCABULARY - 270, show_progress=False))
    state = json.loads(learnt.to_str())["model"]
    pieces = [*specials, *(f"<0x{byte:02X}>" for byte in range(256)), *sorted(state["vocab"], key=state["vocab"].get)]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    merges = [
        (piece[:at], piece[at:])
        for piece in dict.fromkeys("".join(merge) for merge in state["merges"])
        for at in range(1, len(piece))
        if piece[:at] in vocab and piece[at:] in vocab
    ]
    tokenizer: Any = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(list(specials))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", tokenizer.token_to_id("<bos>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>",
        clean_up_tokenization_spaces=False, chat_template=_GEMMA_CHAT,
    )  # type: ignore[no-untyped-call]  # fmt: skip
