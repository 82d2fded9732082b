"""The base model's recipe, each part on something small, and the bundled model itself."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from email.message import Message
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tuneproof.datasets.bundled import base
from tuneproof.datasets.bundled.base import base_path, verify_base
from tuneproof.datasets.workspace.errors import DataError, ModelError, SourceError, UsageError
from tuneproof.train.base import corpus as corpus_module
from tuneproof.train.base.card import render_card
from tuneproof.train.base.corpus import exclusion_texts, held_out_names, replay_documents
from tuneproof.train.base.grams import GramHasher, repeated, shares_any
from tuneproof.train.base.measure import bits_per_byte, score_suite, total_nats, wilson
from tuneproof.train.base.mixture import (
    ANSWER_WEIGHT,
    PROMPT_WEIGHT,
    Sequences,
    Stream,
    document_stream,
    exchange_stream,
    problems,
    skill_stream,
    summary_of,
)
from tuneproof.train.base.model import new_model, save_model
from tuneproof.train.base.packages import DISTRIBUTIONS, Document, licence_of, read_distribution, source_docstrings
from tuneproof.train.base.recipe import Settings, mean_with, rate_factor, train
from tuneproof.train.base.tokenizer import (
    CONTEXT,
    END_OF_TEXT_ID,
    PAD_ID,
    TURN_END_ID,
    load_tokenizer,
    render_chat,
    train_tokenizer,
)

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

SIXTEEN_MIB = 16 * 1024 * 1024


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return load_tokenizer(base_path())


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    import torch
    from transformers import AutoModelForCausalLM, LlamaForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(base_path(), dtype=torch.float32, local_files_only=True)
    assert isinstance(loaded, LlamaForCausalLM)
    return loaded


def licensed(**fields: str) -> metadata.Distribution:
    message = Message()
    for name, value in {"Name": "thing", **fields}.items():
        message[name.replace("_", "-")] = value

    class Stated(metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            return str(message) if filename == "METADATA" else None

        def locate_file(self, path: object) -> Path:
            return Path(str(path))

    return Stated()


# -- where the text comes from


def test_docstrings_are_read_from_source_without_running_it(tmp_path: Path) -> None:
    source = tmp_path / "loud.py"
    source.write_text(
        '"""What the module is for."""\nraise SystemExit\n\nclass A:\n    """What A is."""\n'
        '    def b(self):\n        """What b does."""\n\nadd_docstr(C.d, """What d does in\n    two lines.""")\n'
    )
    assert list(source_docstrings(source, "loud")) == [
        ("loud", "module", "What the module is for."),
        ("loud.A", "class", "What A is."),
        ("loud.A.b", "function", "What b does."),
        ("C.d", "function", "What d does in\ntwo lines."),
    ]


def test_a_file_that_does_not_parse_gives_no_docstrings(tmp_path: Path) -> None:
    source = tmp_path / "broken.py"
    source.write_text('"""Doc."""\ndef (')
    assert list(source_docstrings(source, "broken")) == []


def test_every_listed_distribution_is_under_a_permissive_licence() -> None:
    for name in DISTRIBUTIONS:
        assert licence_of(metadata.distribution(name))


@pytest.mark.parametrize("stated", ["GPL-3.0-only", "MPL-2.0 AND MIT", "LGPL-2.1-or-later", "Proprietary"])
def test_a_licence_that_is_not_permissive_is_refused(stated: str) -> None:
    with pytest.raises(DataError) as caught:
        licence_of(licensed(License_Expression=stated))
    assert stated in caught.value.message


def test_a_permissive_licence_is_read_from_the_classifier() -> None:
    assert licence_of(licensed(Classifier="License :: OSI Approved :: MIT License")) == "MIT License"


def test_what_users_commonly_document_is_not_in_the_corpus() -> None:
    names = {n.lower() for n in DISTRIBUTIONS}
    assert not names & {"typer", "click", "flask", "sqlite-utils", "ollama", "tuneproof", "six", "setuptools"}


def test_a_missing_package_is_an_error_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_module, "DISTRIBUTIONS", ("numpy", "no-such-package-here"))
    with pytest.raises(SourceError) as caught:
        corpus_module.build_corpus({})
    assert "no-such-package-here" in caught.value.message
    assert "constraints.txt" in caught.value.hint


def test_a_path_to_exclude_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        list(exclusion_texts([tmp_path / "nowhere"]))


def test_excluded_paths_are_read_whatever_documentation_format_they_hold(tmp_path: Path) -> None:
    for name in ("a.md", "b.rst", "c.mdx", "d.yaml", "e.ipynb", "f.png"):
        (tmp_path / name).write_text(f"text of {name}")
    assert list(exclusion_texts([tmp_path])) == [
        f"text of {n}" for n in ("a.md", "b.rst", "c.mdx", "d.yaml", "e.ipynb")
    ]


# -- what is held out and dropped


def test_held_out_packages_follow_from_their_names_and_are_never_large() -> None:
    sizes = {f"package-{i}": 1_000 for i in range(200)} | {"giant": 100_000}
    chosen = held_out_names(sizes)
    assert chosen == held_out_names(dict(reversed(sizes.items())))
    assert "giant" not in chosen
    assert 0.04 <= sum(sizes[n] for n in chosen) / sum(sizes.values()) < 0.05


def test_texts_sharing_thirteen_words_are_found_whatever_their_case_and_punctuation() -> None:
    hasher = GramHasher()
    words = [f"word{i}" for i in range(30)]
    known = hasher.union([" ".join(words)])
    assert shares_any(hasher.grams("Before, " + ", ".join(words[5:18]).upper() + "!"), known)
    assert not shares_any(
        hasher.grams("Before, " + ", ".join(words[5:17]) + " and other words that stand after"), known
    )


def test_repeated_texts_are_flagged_but_their_first_is_kept() -> None:
    long = "Return the sum of the given values along an axis and keep the dimensions of the array as they were."
    other = "Draw the shape that was chosen by the user in the colour of the theme, if there is one, else in black."
    texts = [long, other, long, long.replace("an axis", "one axis"), "Short one."]
    assert repeated(texts, GramHasher()) == [False, False, True, True, False]
    assert repeated([], GramHasher()) == []


# -- tokens


def test_the_tokenizer_splits_digits_and_restores_every_text(tokenizer: PreTrainedTokenizerFast) -> None:
    assert len(tokenizer) == 4096
    assert tokenizer.convert_ids_to_tokens(tokenizer.encode("1984")) == ["1", "9", "8", "4"]
    for text in ("def f(x):\n    return x  # é – 日本", "a\r\n\tb", "   12 % of 3.5"):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_special_tokens_differ_and_nothing_is_added_unasked(tokenizer: PreTrainedTokenizerFast) -> None:
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (
        END_OF_TEXT_ID,
        TURN_END_ID,
        PAD_ID,
    )
    assert tokenizer.encode("Return") == tokenizer.encode("Return", add_special_tokens=False)
    stated = json.loads((base_path() / "tokenizer_config.json").read_text())
    assert stated["add_bos_token"] is False


def test_the_chat_template_renders_what_the_model_was_trained_on(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is it?"},
        {"role": "assistant", "content": "A thing."},
    ]
    rendered = tokenizer.apply_chat_template(messages, tokenize=False)
    assert rendered == render_chat("What is it?", "A thing.", "Be brief.")
    asked = tokenizer.apply_chat_template(messages[:2], tokenize=False, add_generation_prompt=True)
    assert isinstance(rendered, str)
    assert isinstance(asked, str)
    assert rendered.startswith(asked)


def test_the_assistant_mask_covers_the_answer_and_its_end(tokenizer: PreTrainedTokenizerFast) -> None:
    messages = [{"role": "user", "content": "Say 7."}, {"role": "assistant", "content": "Seven it is."}]
    encoded: Any = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    ids = [i for i, m in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if m]
    assert tokenizer.decode(ids) == "Seven it is.<|im_end|>"


def test_a_vocabulary_can_be_learnt_anew_and_keeps_the_special_ids() -> None:
    learnt = train_tokenizer(["Return the value of the thing. " * 20, "def value(thing): return thing"])
    assert learnt.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>", "<|pad|>"]) == [
        END_OF_TEXT_ID,
        TURN_END_ID,
        PAD_ID,
    ]
    assert learnt.decode(learnt.encode("Return 12.")) == "Return 12."


# -- the mixture


def test_documents_are_opened_by_end_of_text(tokenizer: PreTrainedTokenizerFast) -> None:
    documents = [Document("d", "d.a", "function", "Return one."), Document("d", "d.b", "function", "Return two.")]
    stream = document_stream(documents, tokenizer)
    assert tokenizer.decode(stream.tokens) == "<|endoftext|>Return one.<|endoftext|>Return two."
    assert set(stream.weights) == {1.0}


def test_answers_weigh_more_than_operands(tokenizer: PreTrainedTokenizerFast) -> None:
    stream = skill_stream(problems(200, 0, ["comparison"]), tokenizer, 0)
    text = tokenizer.decode(stream.tokens)
    assert "<|im_start|>user" in text
    assert "<|endoftext|>Which is" in text
    heavy = tokenizer.decode(stream.tokens[stream.weights == np.float32(ANSWER_WEIGHT)])
    light = tokenizer.decode(stream.tokens[stream.weights == np.float32(PROMPT_WEIGHT)])
    assert "Which is" in light
    assert "Which is" not in heavy


def test_exchanges_answer_with_the_summary(tokenizer: PreTrainedTokenizerFast) -> None:
    document = Document("d", "d.mod.total", "function", "Return the total of\nall values.\n\nMore text follows here.")
    text = tokenizer.decode(exchange_stream([document], tokenizer, 0).tokens)
    assert "Return the total of all values.<|im_end|>" in text
    assert "total`" in text
    assert summary_of("lower case, no sentence") is None


def test_sequences_use_a_stream_up_before_they_repeat_it() -> None:
    stream = Stream(np.arange(1_001, dtype=np.uint16), np.ones(1_001, dtype=np.float32))
    sequences = Sequences([stream], [1.0], seed=0)
    tokens, weights = sequences.batch(9, 100)
    assert tokens.shape == weights.shape == (9, 101)
    starts = sorted(int(row[0]) for row in tokens)
    assert all(b - a == 100 for a, b in pairwise(starts))
    assert (np.diff(tokens.astype(int), axis=1) == 1).all()


def test_replay_is_deterministic_mixed_and_short_enough(tokenizer: PreTrainedTokenizerFast) -> None:
    first = replay_documents(16, 48, 3, tokenizer)
    assert first == replay_documents(16, 48, 3, tokenizer)
    assert first != replay_documents(16, 48, 4, tokenizer)
    assert len(first) == 16
    assert all(0 < len(tokenizer.encode(text)) <= 50 for text in first)
    assert sum("<|endoftext|>" in text for text in first) >= 2


def test_replay_reads_only_training_side_packages() -> None:
    packages = {
        p["name"]: p["split"] for p in json.loads((base_path() / "card.json").read_text())["corpus"]["packages"]
    }
    assert {packages[name] for name in corpus_module.REPLAYED} == {"train"}


def test_a_distribution_is_read_with_its_read_me_first() -> None:
    documents = read_distribution("rich")
    assert documents[0].kind == "readme"
    assert {"function", "class"} <= {d.kind for d in documents}
    assert all(d.distribution == "rich" for d in documents)


# -- training and measuring


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    settings = Settings(warmup_steps=10, decay_from=0.7)
    assert rate_factor(0, 0.0, settings) == pytest.approx(0.1)
    assert rate_factor(50, 0.3, settings) == 1.0
    assert rate_factor(500, 0.85, settings) == pytest.approx(0.5)
    assert rate_factor(900, 1.0, settings) == 0.0


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_training_learns_and_carries_on_after_a_kill(optimizer: str, tmp_path: Path) -> None:
    text = np.tile(np.arange(10, 30, dtype=np.uint16), 200)
    stream = Stream(text, np.ones(len(text), dtype=np.float32))
    settings = Settings(
        tokens=6 * 128, optimizer=optimizer, rows=4, length=32, warmup_steps=1, threads=1, compiled=False, long_from=9.0
    )
    lines: list[str] = []

    def draw(seed: int) -> Sequences:
        return Sequences([stream], [1.0], seed)

    model, progress = train(settings, draw, tmp_path, lines.append)
    assert progress.step == 6
    before = total_nats(model, text[:65].astype(np.int64), length=32) / 64
    assert before < np.log(4096) - 0.5
    model, progress = train(replace(settings, tokens=30 * 128), draw, tmp_path, lines.append)
    assert progress.step == 30
    assert "carrying on from step 6" in lines
    assert total_nats(model, text[:65].astype(np.int64), length=32) / 64 < before


def test_the_mean_of_two_ends_lies_between_them(tmp_path: Path) -> None:
    import torch

    one, other = new_model(tied=True, seed=1), new_model(tied=True, seed=2)
    torch.save({"model": other.state_dict()}, tmp_path / "checkpoint.pt")
    name = "model.layers.0.mlp.up_proj.weight"
    middle = (one.state_dict()[name] + other.state_dict()[name]) / 2
    mean_with(one, [tmp_path / "checkpoint.pt"])
    assert torch.allclose(one.state_dict()[name], middle)
    assert one.lm_head.weight is one.model.embed_tokens.weight


def test_something_else_than_a_checkpoint_is_no_end_to_average_with(tmp_path: Path) -> None:
    import torch

    (tmp_path / "text.pt").write_text("no checkpoint")
    torch.save({"model": {"weight": torch.zeros(2)}}, tmp_path / "other.pt")
    for name in ("text.pt", "other.pt", "absent.pt"):
        with pytest.raises(UsageError, match=name):
            mean_with(new_model(tied=True), [tmp_path / name])


def test_an_untrained_uniform_model_scores_log_vocabulary_per_token() -> None:
    import torch

    fresh = new_model(tied=True)
    with torch.no_grad():
        fresh.model.norm.weight.zero_()
    nats = total_nats(fresh, np.arange(10, 111, dtype=np.int64), length=16, rows=2)
    assert nats == pytest.approx(100 * np.log(4096), rel=1e-5)
    assert bits_per_byte(nats, 300) == pytest.approx(100 * 12 / 300, rel=1e-5)


def test_wilson_intervals_agree_with_scipy() -> None:
    from scipy.stats import binomtest

    for hits, n in ((0, 20), (7, 20), (400, 400)):
        expected = binomtest(hits, n).proportion_ci(method="wilson")
        assert wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_stored_model_computes_what_it_did(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    fresh = new_model(tied=False)
    save_model(fresh, tmp_path)
    stored = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32, local_files_only=True)
    ids = torch.arange(10, 40)[None]
    assert torch.allclose(stored(ids).logits, fresh(ids).logits, atol=0.05)
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644
    assert stored.generation_config.eos_token_id == [TURN_END_ID, END_OF_TEXT_ID]


# -- the bundled model


def test_the_bundled_base_is_whole_and_small_enough() -> None:
    assert "model.safetensors" in verify_base()
    assert (base_path() / "model.safetensors").stat().st_size <= SIXTEEN_MIB


def test_a_damaged_base_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = tmp_path / "base"
    shutil.copytree(base_path(), copied)
    monkeypatch.setattr(base, "_FOLDER", copied)
    weights = copied / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert base_path() == copied
    with pytest.raises(ModelError, match="changed"):
        verify_base()
    weights.write_bytes(content[:-1])
    with pytest.raises(ModelError, match="damaged"):
        base_path()
    (copied / "sha256.json").unlink()
    with pytest.raises(ModelError, match="missing"):
        base_path()


def test_the_card_says_what_card_json_says() -> None:
    facts = json.loads((base_path() / "card.json").read_text())
    text = (base_path() / "README.md").read_text()
    assert text == render_card(facts)
    assert str(facts["held_out"]["bits_per_byte"]) in text
    for package in facts["corpus"]["packages"]:
        assert f"| {package['name']} | {package['version']} | {package['licence']} |" in text


def test_the_bundled_base_scores_what_its_card_says(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    facts = json.loads((base_path() / "card.json").read_text())
    measured = [s for s in facts["suites"] if 0.6 <= s["accuracy"] <= 0.97]
    assert len(measured) >= 4
    for stated in (min(measured, key=lambda s: s["accuracy"]), max(measured, key=lambda s: s["accuracy"])):
        again = score_suite(model, tokenizer, stated["suite"], stated["n"])
        assert again.n == stated["n"]
        assert again.accuracy == pytest.approx(stated["accuracy"], abs=0.015)


def test_generation_in_the_chat_format_stops_by_itself(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    import torch

    prompt: Any = tokenizer.apply_chat_template(
        [{"role": "user", "content": "The opposite of hot is"}], add_generation_prompt=True, return_tensors="pt"
    )
    with torch.inference_mode():
        out = model.generate(**prompt, max_new_tokens=60, do_sample=False)  # type: ignore[misc]
    assert int(out[0, -1]) in {TURN_END_ID, END_OF_TEXT_ID}


def test_long_prompts_are_read_as_well_as_short_ones(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    """Positions past the 256 of most of the training must not cost anything."""
    text = "\n\n".join(d.text for d in read_distribution("rich") if d.kind == "function")
    ids = np.array(tokenizer.backend_tokenizer.encode(text).ids[: 8 * CONTEXT + 1], dtype=np.int64)
    short = total_nats(model, ids, length=256)
    long = total_nats(model, ids, length=CONTEXT)
    assert long < short * 1.01


def test_lm_eval_scores_the_bundled_base(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    from lm_eval.models.huggingface import HFLM

    harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=2, max_length=CONTEXT)
    assert harness.prefix_token_id == END_OF_TEXT_ID
