"""GGUF files as they are read back: every weight, every token, and clear refusals of what can't be said exactly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.families import FAMILIES, make_family
from tests.tiny_model import make_adapter
from tuneproof.datasets.bundled.base import base_path
from tuneproof.datasets.exchange.chat_format import inference_template
from tuneproof.datasets.exchange.gguf_adapter import write_gguf_adapter
from tuneproof.datasets.exchange.gguf_architecture import permute
from tuneproof.datasets.exchange.gguf_model import write_gguf
from tuneproof.datasets.exchange.gguf_pretokenizer import recognise
from tuneproof.datasets.exchange.merging import load_merged
from tuneproof.datasets.workspace.errors import ModelError

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One tiny random model of each architecture."""
    root = tmp_path_factory.mktemp("families")
    return {family: make_family(root / family, family) for family in FAMILIES}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    from gguf import GGUFReader
    from gguf.quants import dequantize

    reader = GGUFReader(path)
    fields = {field.name: field.contents() for field in reader.fields.values()}
    return fields, {str(t.name): dequantize(t.data, t.tensor_type) for t in reader.tensors}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_of_a_merged_model_is_in_the_file_under_its_name(
    bases: dict[str, Path], family: str, tmp_path: Path
) -> None:
    adapter = make_adapter(bases[family], tmp_path / "adapter", 0.1)
    written = write_gguf(bases[family], adapter, tmp_path / "m.gguf", "f32", {"name": family})
    fields, tensors = _read(written.path)
    weights = {name: value.numpy() for name, value in load_merged(bases[family], adapter).state_dict().items()}
    offset = 1.0 if family == "gemma3" else 0.0
    np.testing.assert_array_equal(tensors["token_embd.weight"], weights["model.embed_tokens.weight"])
    np.testing.assert_array_equal(tensors["output_norm.weight"], weights["model.norm.weight"] + np.float32(offset))
    np.testing.assert_array_equal(tensors["blk.1.ffn_down.weight"], weights["model.layers.1.mlp.down_proj.weight"])
    query = weights["model.layers.2.self_attn.q_proj.weight"]
    np.testing.assert_array_equal(tensors["blk.2.attn_q.weight"], permute(query, 4) if family == "llama" else query)
    assert ("output.weight" in tensors) == (family in ("llama", "qwen3"))
    assert ("blk.0.attn_q.bias" in tensors) == (family == "qwen2")
    assert ("blk.0.attn_q_norm.weight" in tensors) == (family in ("qwen3", "gemma3"))
    assert ("rope_freqs.weight" in tensors) == (family == "llama")
    tied = family in ("qwen2", "gemma3")
    assert len(tensors) == len(weights) - tied + (family == "llama")
    assert fields["general.architecture"] == family
    assert fields[f"{family}.attention.key_length"] == (32 if family in ("qwen3", "gemma3") else 16)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_file_holds_the_tokenizer_with_its_flags_and_its_template(
    bases: dict[str, Path], family: str, tmp_path: Path
) -> None:
    fields, tensors = _read(write_gguf(bases[family], None, tmp_path / "m.gguf", "f16", {}).path)
    names = {"llama": "llama-bpe", "qwen2": "qwen2", "qwen3": "qwen2", "gemma3": "default"}
    assert fields["tokenizer.ggml.pre"] == names[family]
    assert fields["tokenizer.ggml.add_bos_token"] is (family in ("llama", "gemma3"))
    assert fields["tokenizer.ggml.add_eos_token"] is False
    tokens, types = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    assert len(tokens) == len(types) == tensors["token_embd.weight"].shape[0]
    assert types[-1] == 5
    ends = {"llama": "<|eot_id|>", "gemma3": "<end_of_turn>"}.get(family, "<|im_end|>")
    assert types[tokens.index(ends)] == 3
    stop = fields.get("tokenizer.ggml.eot_token_id", fields["tokenizer.ggml.eos_token_id"])
    assert tokens[stop] == ends
    assert "add_generation_prompt" in fields["tokenizer.chat_template"]
    assert ("tokenizer.ggml.merges" in fields) != ("tokenizer.ggml.scores" in fields)


def test_llama_3_positions_are_divided_as_transformers_divides_them(bases: dict[str, Path], tmp_path: Path) -> None:
    _, tensors = _read(write_gguf(bases["llama"], None, tmp_path / "m.gguf", "f32", {}).path)
    plain = 500_000.0 ** (-np.arange(0, 16, 2) / 16)
    model: Any = load_merged(bases["llama"], None)
    np.testing.assert_allclose(plain / tensors["rope_freqs.weight"], model.model.rotary_emb.inv_freq.numpy(), rtol=1e-6)


def test_tuneproof_base_is_smollm_by_its_parts_and_keeps_its_weights_at_half_precision(tmp_path: Path) -> None:
    written = write_gguf(base_path(), None, tmp_path / "m.gguf", "f16", {"name": "tuneproof-base"})
    fields, tensors = _read(written.path)
    weights = load_merged(base_path(), None).state_dict()
    assert (written.architecture, written.pretokenizer) == ("llama", "smollm")
    wanted = weights["model.embed_tokens.weight"].half().float().numpy()
    np.testing.assert_array_equal(tensors["token_embd.weight"], wanted)
    assert "generation" not in fields["tokenizer.chat_template"].replace("add_generation_prompt", "")


def test_eight_bits_stay_within_a_step_of_each_weight(bases: dict[str, Path], tmp_path: Path) -> None:
    _, tensors = _read(write_gguf(bases["qwen2"], None, tmp_path / "m.gguf", "q8_0", {}).path)
    weights = load_merged(bases["qwen2"], None).state_dict()["model.layers.0.mlp.up_proj.weight"].numpy()
    steps = np.abs(weights.reshape(96, 2, 32)).max(axis=2, keepdims=True) / 127
    error = np.abs(tensors["blk.0.ffn_up.weight"] - weights).reshape(96, 2, 32)
    assert (error <= 0.6 * steps).all()
    assert error.max() > 0


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_of_its_own_adds_to_the_base_what_merging_adds(
    bases: dict[str, Path], family: str, tmp_path: Path
) -> None:
    adapter = make_adapter(bases[family], tmp_path / "adapter", 0.1)
    fields, factors = _read(write_gguf_adapter(bases[family], adapter, tmp_path / "a.gguf").path)
    _, base = _read(write_gguf(bases[family], None, tmp_path / "b.gguf", "f32", {}).path)
    _, merged = _read(write_gguf(bases[family], adapter, tmp_path / "m.gguf", "f32", {}).path)
    assert (fields["general.type"], fields["adapter.type"]) == ("adapter", "lora")
    for name in ("blk.0.attn_q.weight", "blk.1.attn_k.weight", "blk.2.ffn_gate.weight"):
        first, second = factors[f"{name}.lora_a"], factors[f"{name}.lora_b"]
        added = fields["adapter.lora.alpha"] / first.shape[0] * second @ first
        assert np.abs(added).max() > 0.01
        np.testing.assert_allclose(base[name] + added, merged[name], atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"use_dora": True}, {"modules_to_save": ["lm_head"]}, {"init_lora_weights": "pissa"}, {"rank_pattern": {"q": 2}}],
)
def test_an_adapter_that_the_formula_does_not_say_is_refused(
    bases: dict[str, Path], change: dict[str, Any], tmp_path: Path
) -> None:
    adapter = make_adapter(bases["qwen2"], tmp_path / "adapter")
    stated = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps({**stated, **change}))
    with pytest.raises(ModelError) as refused:
        write_gguf_adapter(bases["qwen2"], adapter, tmp_path / "a.gguf")
    assert "merged" in refused.value.hint
    assert not (tmp_path / "a.gguf").exists()


def _other_regex(document: dict[str, Any]) -> None:
    document["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] += "|x"


def _prefix(document: dict[str, Any]) -> None:
    document["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = True


def _lowercase(document: dict[str, Any]) -> None:
    document["normalizer"] = {"type": "Lowercase"}


def _ignoring(document: dict[str, Any]) -> None:
    document["model"]["ignore_merges"] = not document["model"]["ignore_merges"]


def _unigram(document: dict[str, Any]) -> None:
    document["model"] = {"type": "Unigram"}


@pytest.mark.parametrize("change", [_other_regex, _prefix, _lowercase, _ignoring, _unigram])
def test_a_tokenizer_that_is_not_quite_a_known_one_is_refused(
    bases: dict[str, Path], change: Callable[[dict[str, Any]], None]
) -> None:
    document = json.loads((bases["qwen2"] / "tokenizer.json").read_text())
    assert recognise(document).name == "qwen2"
    change(document)
    with pytest.raises(ModelError) as refused:
        recognise(document)
    assert "convert_hf_to_gguf" in refused.value.hint


def test_pieces_that_sentencepiece_would_join_otherwise_are_refused(bases: dict[str, Path], tmp_path: Path) -> None:
    base = make_family(tmp_path / "gemma", "gemma3")
    document = json.loads((base / "tokenizer.json").read_text())
    longest = max(document["model"]["merges"], key=lambda merge: len("".join(merge)))
    kept = [merge for merge in document["model"]["merges"] if merge != longest]
    assert len(kept) == len(document["model"]["merges"]) - 1
    document["model"]["merges"] = kept
    (base / "tokenizer.json").write_text(json.dumps(document))
    with pytest.raises(ModelError, match="SentencePiece would"):
        write_gguf(base, None, tmp_path / "m.gguf", "f16", {})


@pytest.mark.parametrize(
    ("family", "change"),
    [
        ("llama", {"model_type": "gpt2"}),
        ("llama", {"hidden_act": "gelu"}),
        ("qwen3", {"attention_bias": True}),
        ("gemma3", {"query_pre_attn_scalar": 99}),
        ("gemma3", {"final_logit_softcapping": 30.0}),
        ("qwen2", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0}}),
    ],
)
def test_a_setting_that_the_runtime_would_ignore_is_refused(
    bases: dict[str, Path], family: str, change: dict[str, Any]
) -> None:
    from transformers import AutoConfig

    from tuneproof.datasets.exchange.gguf_architecture import read_architecture

    config: Any = AutoConfig.from_pretrained(bases[family])
    if "model_type" in change:
        config = AutoConfig.for_model(change["model_type"])
    for key, value in change.items():
        setattr(config, key, value)
    with pytest.raises(ModelError):
        read_architecture(config)


def test_training_tags_go_and_what_is_rendered_stays() -> None:
    from jinja2 import Environment

    template = "a {%- generation -%} b {% endgeneration %}\nc"
    plain = inference_template(template)
    assert plain == "a {%- if true -%} b {% endif %}\nc"
    assert Environment().from_string(plain).render() == "ab \nc"


def test_a_merged_folder_keeps_the_template_without_its_training_tags(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    from tuneproof.datasets.exchange.merging import save_merged

    save_merged(base_path(), None, tmp_path / "merged", "bfloat16")
    talk = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    merged: Any = AutoTokenizer.from_pretrained(tmp_path / "merged")
    base: Any = AutoTokenizer.from_pretrained(base_path())
    assert "generation %" not in merged.chat_template
    assert merged.apply_chat_template(talk, tokenize=False) == base.apply_chat_template(talk, tokenize=False)
