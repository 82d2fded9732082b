"""The shape of tuneproof-base, and how it is written down. Must not know how it is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.train.base.tokenizer import CONTEXT, END_OF_TEXT_ID, PAD_ID, TURN_END_ID, VOCABULARY

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

HIDDEN, LAYERS, HEADS, INNER = 256, 6, 4, 688
INITIAL_SPREAD = 0.03


def new_model(tied: bool, seed: int = 0) -> LlamaForCausalLM:
    """A Llama with fresh float32 weights; its residual outputs start at zero, which trains faster when small."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        rms_norm_eps=1e-5,
        initializer_range=INITIAL_SPREAD,
        tie_word_embeddings=tied,
        bos_token_id=END_OF_TEXT_ID,
        eos_token_id=TURN_END_ID,
        pad_token_id=PAD_ID,
        use_cache=True,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.zero_()
    model.generation_config.eos_token_id = [TURN_END_ID, END_OF_TEXT_ID]
    return model


def save_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Write weights as bfloat16 safetensors with both configurations; files readable by everybody."""
    import torch
    from transformers import LlamaForCausalLM

    stored = LlamaForCausalLM(model.config)
    stored.load_state_dict(model.state_dict())
    stored.generation_config = model.generation_config
    torch.nn.Module.to(stored, torch.bfloat16)
    stored.save_pretrained(folder)
    for path in folder.iterdir():
        path.chmod(0o644)
