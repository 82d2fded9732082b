"""What leaves the workspace: rows that loaders take, configurations with their command, models only with a verdict."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tuned_workspace import RUN, SYSTEM, make_tuned
from tuneproof.datasets.exchange.chat_hosts import check_chat, default_epochs
from tuneproof.datasets.exchange.merging import save_merged
from tuneproof.datasets.exchange.modelfile import go_template, take_apart
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.tui.cli import run
from tuneproof.tui.handover import ROW_TARGETS


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a judged, passing run; tests only read it."""
    return make_tuned(tmp_path_factory.mktemp("tuned"))


@pytest.fixture
def inside(tuned: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same, with the current folder inside."""
    monkeypatch.chdir(tuned.root)
    return tuned


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("target", ROW_TARGETS)
def test_rows_hold_what_the_loader_reads_and_their_lineage_lies_beside(
    inside: Workspace, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["export", "--to", target, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    train = next(out.rglob("train.jsonl"))
    rows = _lines(train)
    assert len(rows) == 24
    keys = {"prompt", "completion"} if target == "trl" else {"messages"}
    assert all(set(row) == keys for row in rows)
    turns = rows[0]["prompt"] + rows[0]["completion"] if target == "trl" else rows[0]["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant"]
    assert "“water”" in turns[2]["content"]
    lineage = _lines(out / "lineage.jsonl")
    assert [row["split"] for row in lineage] == ["train"] * 24 + ["validation"] * 8 + ["test"] * 6
    about = json.loads((out / "tuneproof.json").read_text())
    assert about["command"] == told["command"]
    assert about["data_verdict"]["verdict"] == "PASS"
    page = (out / "README.md").read_text()
    assert told["command"] in page
    assert all(limit in page for limit in told["limits"])
    assert told["limits"]


def test_the_folder_of_rows_loads_as_a_dataset(inside: Workspace, tmp_path: Path) -> None:
    import datasets

    assert run(["export", "--to", "hf", "--out", str(tmp_path / "hf"), "--rows-only"]) == 0
    loaded = datasets.load_dataset(str(tmp_path / "hf" / "dataset"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 24, "validation": 8, "test": 6}
    assert loaded["train"].column_names == ["messages"]
    assert loaded["test"][0]["messages"][0] == {"role": "system", "content": SYSTEM}
    assert not (tmp_path / "hf" / "model").exists()


def test_a_dataset_card_has_metadata_and_the_verdict(inside: Workspace, tmp_path: Path) -> None:
    from huggingface_hub import DatasetCard

    assert run(["export", "--to", "hf", "--out", str(tmp_path / "hf"), "--rows-only"]) == 0
    folder = tmp_path / "hf" / "dataset"
    card = DatasetCard.load(folder / "README.md")
    facts = card.data.to_dict()
    assert facts["license"] == "apache-2.0"
    assert facts["size_categories"] == ["n<1K"]
    assert [entry["split"] for entry in facts["configs"][0]["data_files"]] == ["train", "validation", "test"]
    assert "**PASS.**" in card.text
    assert "19 of 38 rows" in card.text
    described = json.loads((folder / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    for entry in described["distribution"]:
        from tuneproof.datasets.workspace.identity import sha256

        assert entry["sha256"] == sha256((folder / entry["contentUrl"]).read_bytes())


def test_trl_takes_our_configuration(inside: Workspace, tmp_path: Path) -> None:
    import trl

    assert run(["export", "--to", "trl", "--out", str(tmp_path / "trl")]) == 0
    stated = yaml.safe_load((tmp_path / "trl" / "trl.yaml").read_text())
    stated["dtype"] = "float32"
    extra = ["--bf16", "false", "--use_cpu", "true"]
    library: Any = trl
    parser = library.TrlParser((library.ScriptArguments, library.SFTConfig, library.ModelConfig))
    script, training, model = parser.parse_args_and_config(["--config", str(tmp_path / "trl" / "trl.yaml"), *extra])
    assert (script.dataset_name, script.dataset_test_split) == ("./data", "validation")
    assert (training.max_length, training.per_device_train_batch_size) == (64, 4)
    assert training.learning_rate == stated["learning_rate"]
    assert (model.use_peft, model.lora_r, model.lora_alpha) == (True, 16, 32)
    assert model.lora_target_modules in ("all-linear", ["all-linear"])


def test_the_script_for_unsloth_compiles_and_imports_unsloth_first(inside: Workspace, tmp_path: Path) -> None:
    assert run(["export", "--to", "unsloth", "--out", str(tmp_path / "u")]) == 0
    tree = ast.parse((tmp_path / "u" / "train.py").read_text())
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert modules[0] == "unsloth"
    assert modules.index("trl") > modules.index("unsloth")


def test_llama_factory_is_told_every_tag_and_the_bases_template(inside: Workspace, tmp_path: Path) -> None:
    assert run(["export", "--to", "llama-factory", "--out", str(tmp_path / "l")]) == 0
    info = json.loads((tmp_path / "l" / "data" / "dataset_info.json").read_text())
    assert {entry["formatting"] for entry in info.values()} == {"sharegpt"}
    assert all(set(entry["tags"]) == {"role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag"}
               for entry in info.values())  # fmt: skip
    assert yaml.safe_load((tmp_path / "l" / "llama_factory.yaml").read_text())["template"] == "llama3"


def test_mlx_is_told_iterations_not_epochs(inside: Workspace, tmp_path: Path) -> None:
    assert run(["export", "--to", "mlx", "--out", str(tmp_path / "m")]) == 0
    stated = yaml.safe_load((tmp_path / "m" / "mlx.yaml").read_text())
    assert stated["iters"] == 24 // 4 * 3
    assert stated["lora_parameters"]["scale"] == 2.0
    assert stated["batch_size"] <= len(_lines(tmp_path / "m" / "data" / "valid.jsonl"))


def test_a_folder_that_is_not_empty_is_left_alone_unless_forced(
    inside: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert run(["export", "--to", "openai", "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert run(["export", "--to", "openai", "--out", str(out), "--force"]) == 0
    assert not (out / "mine.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_unknown_target_and_the_current_folder_are_refused(inside: Workspace, tmp_path: Path) -> None:
    assert run(["export", "--to", "nobody", "--out", str(tmp_path / "x")]) == 1
    assert run(["export", "--to", "trl", "--out", str(inside.root), "--force"]) == 1
    assert inside.config_path.is_file()
    assert run(["export", "--to", "gguf", "--out", str(tmp_path / "x"), "--precision", "q2"]) == 1
    assert not (tmp_path / "x").exists()


def test_a_judged_model_leaves_as_gguf_with_its_adapter_and_card(inside: Workspace, tmp_path: Path) -> None:
    from gguf import GGUFReader
    from huggingface_hub import ModelCard

    out = tmp_path / "gguf"
    assert run(["export", "--to", "gguf", "--out", str(out), "--precision", "q8_0"]) == 0
    assert {path.name for path in out.iterdir()} == {
        "model-q8_0.gguf", "adapter-f32.gguf", "README.md", "lineage.jsonl", "tuneproof.json"
    }  # fmt: skip
    assert len(GGUFReader(out / "model-q8_0.gguf").tensors) > 20
    card = ModelCard.load(out / "README.md")
    assert "base_model" not in card.data.to_dict()  # a folder has no name on the hub
    assert "**PASS.**" in card.text
    assert str(inside.root) not in card.content
    assert "Override" not in card.text
    assert json.loads((out / "tuneproof.json").read_text())["model_verdict"]["subject_id"] == RUN


def test_hf_gets_dataset_merged_model_and_adapter_that_agree(inside: Workspace, tmp_path: Path) -> None:
    import torch
    from huggingface_hub import ModelCard
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "hf"
    assert run(["export", "--to", "hf", "--out", str(out)]) == 0
    loading: Any = AutoModelForCausalLM
    merged = loading.from_pretrained(out / "model", dtype=torch.float32)
    base = loading.from_pretrained(inside.root / "base", dtype=torch.float32)
    ids = torch.tensor([AutoTokenizer.from_pretrained(out / "model").encode("What does it boil?")])
    with torch.no_grad():
        plain = base(ids).logits
        beside = PeftModel.from_pretrained(base, out / "adapter").eval()(ids).logits
        whole = merged(ids).logits
    assert (whole - beside).abs().max() < 1e-4
    assert (whole - plain).abs().max() > 0.01
    cards = {name: ModelCard.load(out / name / "README.md").data.to_dict() for name in ("model", "adapter")}
    assert (cards["model"]["library_name"], cards["adapter"]["library_name"]) == ("transformers", "peft")
    metrics = cards["adapter"]["model-index"][0]["results"][0]["metrics"]
    assert metrics[0] == {"type": "D4.overfitting", "value": 0.43, "name": metrics[0]["name"]}
    assert (out / "model" / "model.safetensors").stat().st_mode & 0o044


def test_a_run_that_trained_the_base_itself_leaves_as_its_model_without_an_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file

    workspace = make_tuned(tmp_path / "ws")
    run_dir = workspace.runs_dir / RUN
    save_merged(workspace.root / "base", run_dir / "adapter", run_dir / "model", "float32")
    shutil.rmtree(run_dir / "adapter")
    monkeypatch.chdir(workspace.root)
    out = tmp_path / "hf"
    assert run(["export", "--to", "hf", "--out", str(out)]) == 0
    assert not (out / "adapter").exists()
    trained, left = (load_file(folder / "model.safetensors") for folder in (run_dir / "model", out / "model"))
    assert set(trained) == set(left)
    assert all(trained[name].to(left[name].dtype).equal(left[name]) for name in trained)
    assert run(["export", "--to", "gguf", "--out", str(tmp_path / "gguf")]) == 0
    assert not (tmp_path / "gguf" / "adapter-f32.gguf").exists()
    assert "No GGUF adapter" in (tmp_path / "gguf" / "README.md").read_text()


def test_a_model_that_failed_or_was_never_judged_stays_unless_a_reason_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = make_tuned(tmp_path / "failed", "FAIL", "qwen2")
    monkeypatch.chdir(failed.root)
    for target in ("gguf", "ollama", "hf"):
        assert run(["export", "--to", target, "--out", str(tmp_path / target)]) == 1
        assert "overfitting" in capsys.readouterr().err
        assert not (tmp_path / target).exists()
    assert run(["export", "--to", "trl", "--out", str(tmp_path / "rows")]) == 0
    reason = "for the *archive*"
    assert run(["export", "--to", "ollama", "--out", str(tmp_path / "o"), "--override", reason]) == 0
    card = (tmp_path / "o" / "README.md").read_text()
    assert "**FAIL.**" in card
    assert "> **Override.**" in card
    assert "archive" in card
    assert json.loads((tmp_path / "o" / "tuneproof.json").read_text())["override"] == reason
    with failed.write() as connection:
        connection.execute("DELETE FROM store.verdicts WHERE kind = 'model'")
    assert run(["export", "--to", "gguf", "--out", str(tmp_path / "g")]) == 1
    assert "never judged" in capsys.readouterr().err


def test_an_adapter_for_another_base_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = make_tuned(tmp_path / "ws", "PASS", "qwen2")
    monkeypatch.chdir(workspace.root)
    config = workspace.root / "base" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert run(["export", "--to", "gguf", "--out", str(tmp_path / "g")]) == 1
    assert "is not the base" in capsys.readouterr().err


@pytest.mark.parametrize("target", ROW_TARGETS)
def test_a_set_without_validation_rows_leaves_without_what_would_read_them(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_tuned(tmp_path / "ws", "PASS", "qwen2", validation=False)
    monkeypatch.chdir(workspace.root)
    out = tmp_path / "out"
    assert run(["export", "--to", target, "--out", str(out)]) == 0
    assert next(out.rglob("train.jsonl")).stat().st_size
    assert not [*out.rglob("valid*.jsonl")]
    stated = yaml.safe_load(next(out.glob("*.yaml"), out / "tuneproof.json").read_text("utf-8"))
    assert not {"test_datasets", "eval_dataset", "dataset_test_split"} & set(stated)
    assert stated.get("eval_strategy", "no") == "no"


def test_only_the_last_answer_of_a_conversation_carries_loss_at_each_trainer_that_can_be_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_tuned(tmp_path / "ws", "PASS", "qwen2", talks=True)
    monkeypatch.chdir(workspace.root)
    for target in ("axolotl", "trl", "llama-factory", "mlx"):
        assert run(["export", "--to", target, "--out", str(tmp_path / target)]) == 0
    first, second = _lines(tmp_path / "axolotl" / "data" / "train.jsonl")[:2]
    assert [turn.get("train") for turn in second["messages"][-4:]] == [None, False, None, None]
    assert all("train" not in turn for turn in first["messages"])
    stated = yaml.safe_load((tmp_path / "axolotl" / "axolotl.yaml").read_text())
    assert {one["message_field_training"] for one in stated["datasets"] + stated["test_datasets"]} == {"train"}
    row = _lines(tmp_path / "trl" / "data" / "train.jsonl")[1]
    assert [turn["role"] for turn in row["prompt"][-3:]] == ["user", "assistant", "user"]
    assert row["prompt"][-2]["content"] == "  Ja: 1 °C, naïvely.\r\n"
    assert [turn["role"] for turn in row["completion"]] == ["assistant"]
    assert yaml.safe_load((tmp_path / "llama-factory" / "llama_factory.yaml").read_text())["mask_history"] is True
    assert yaml.safe_load((tmp_path / "mlx" / "mlx.yaml").read_text())["mask_prompt"] is True


def test_llama_factory_gets_the_template_that_writes_like_the_bases_or_is_told_that_none_does() -> None:
    from tuneproof.datasets.exchange.handoff import TRIALS, Recipe
    from tuneproof.datasets.exchange.llama_factory import TEMPLATES, choose_template

    def recipe(template: str, written: tuple[str, ...]) -> Recipe:
        return Recipe("b", "qwen2", template, written, False, 1.0, 1e-4, 8, 16, 4, 64, 0.1, 0.0, 0)

    for name, named in TEMPLATES.items():
        written = tuple(named.render(row) for row in TRIALS)
        mark = "<|start_header_id|>" if name == "llama3" else "<start_of_turn>" if name == "gemma" else "<|im_start|>"
        assert choose_template(recipe(mark, written)) == (name, True)
        dated = tuple("Today is Monday. " + text for text in written)
        assert choose_template(recipe(mark, dated))[1] is False
    with pytest.raises(DataError, match="No template of LLaMA-Factory"):
        choose_template(recipe("[INST]", ()))


# --- Ollama ---


def test_the_modelfile_is_one_by_ollamas_grammar_and_its_template_writes_what_the_bases_does(
    inside: Workspace, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    out = tmp_path / "o"
    assert run(["export", "--to", "ollama", "--out", str(out)]) == 0
    commands = list(parse_modelfile((out / "Modelfile").read_text("utf-8")))
    assert commands[0] == ("from", "./model-f16.gguf")
    assert (out / "model-f16.gguf").is_file()
    assert ("stop", "<|eot_id|>") in commands
    assert ("system", SYSTEM) in commands
    tokenizer: Any = AutoTokenizer.from_pretrained(inside.root / "base")
    turns = take_apart(tokenizer.chat_template, tokenizer)
    assert turns is not None
    template = dict(commands)["template"]
    assert template == go_template(turns)
    talk = [{"role": "system", "content": "S {{ x }}"}, {"role": "user", "content": "Q"},
            {"role": "assistant", "content": "A\n"}, {"role": "user", "content": "R"}]  # fmt: skip
    wanted = tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)
    assert turns.start == "<|begin_of_text|>"
    assert turns.start + _run_go(template, talk) == wanted


def test_a_template_that_is_more_than_a_row_of_turns_is_not_rewritten() -> None:
    from tests.families import bytes_tokenizer

    tokenizer = bytes_tokenizer("qwen2")
    plain = tokenizer.chat_template
    assert take_apart(plain, tokenizer) is not None
    for template in (
        plain.replace("message['content']", "(message['content'] | trim | upper)"),
        "{% if messages|length > 1 %}Many: {% endif %}" + plain,
        "{{ raise_exception('no') }}",
    ):
        assert take_apart(template, tokenizer) is None


def parse_modelfile(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a Modelfile as Ollama's parser reads them: a parameter under its own name.

    One command a line, a word and its value; a value is bare to the end of the line, in double quotes, or in three.
    """
    place = 0
    command = re.compile(r"\s*(FROM|PARAMETER|TEMPLATE|SYSTEM|ADAPTER|LICENSE|MESSAGE)[ \t]+", re.IGNORECASE)
    while text[place:].strip():
        found = command.match(text, place)
        assert found, f"no command at {text[place : place + 40]!r}"
        name, place = found[1].lower(), found.end()
        if name == "parameter":
            word = re.compile(r"([a-z_]+)[ \t]+").match(text, place)
            assert word
            name, place = word[1], word.end()
        quotes = next((one for one in ('"""', '"') if text.startswith(one, place)), "")
        end = text.index(quotes or "\n", place + len(quotes))
        yield name, text[place + len(quotes) : end]
        place = end + len(quotes)
        assert not quotes or text.startswith("\n", place)


def _run_go(template: str, messages: list[dict[str, str]]) -> str:
    """Run the few constructs of a Go template that are written: a range, a choice by role, strings, the content."""
    head, body, tail = re.fullmatch(
        r"(\{\{ range \.Messages \}\})(.*)\{\{ end \}\}\{\{ end \}\}(.*)", template, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    assert head
    branches = re.findall(r'\{\{ (?:else )?if eq \.Role "(\w+)" \}\}(.*?)(?=\{\{ else if|\Z)', body, re.DOTALL)
    assert [role for role, _ in branches] == ["system", "user", "assistant"]

    def parts(text: str, content: str) -> str:
        written = ""
        for action in re.findall(r"\{\{ (.*?) \}\}", text, re.DOTALL):
            written += content if action == ".Content" else json.loads(action)
        return written

    return "".join(parts(dict(branches)[one["role"]], one["content"]) for one in messages) + parts(tail, "")


# --- The rules of chat files ---


def _chat(*rows: object, count: int = 60) -> str:
    good = {"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]}
    return "".join(json.dumps(row) + "\n" for row in [*rows, *[good] * (count - len(rows))])


def _with(**changes: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A.", **changes}]}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ([], "data_type"),
        ({"text": "x"}, "missing_messages_list"),
        ({"messages": []}, "missing_messages_list"),
        ({**_with(), "id": 7}, "unrecognized_key"),
        (_with(id=7), "message_unrecognized_key"),
        ({"messages": [{"content": "Q"}, {"role": "assistant", "content": "A"}]}, "message_missing_key"),
        (_with(role="bot"), "unrecognized_role"),
        (_with(content=""), "missing_content"),
        (_with(content=None), "missing_content"),
        ({"messages": [{"role": "user", "content": "Q"}]}, "example_missing_assistant_message"),
        (_with(weight=0), "weight"),
        (_with(weight=0.5), "weight"),
        (_with(weight=True), "weight"),
        (_with(content="word " * 60_000), "tokens"),
    ],
)
def test_each_documented_rule_of_chat_files_is_checked(row: object, rule: str) -> None:
    errors = [problem for problem in check_chat(_chat(row)) if problem.severity == "error"]
    assert rule in {problem.rule for problem in errors}
    assert {problem.line for problem in errors} == {1}


def test_rules_of_the_whole_file_are_checked() -> None:
    def broken(text: str, **more: bool) -> set[str]:
        return {problem.rule for problem in check_chat(text, **more) if problem.severity == "error"}

    assert broken(_chat()) == set()
    assert broken(_chat(count=9)) == {"few_examples"}
    assert "few_examples" in {problem.rule for problem in check_chat(_chat(count=49))}
    assert broken("\ufeff" + _chat()) == {"encoding", "json"}
    assert broken(_chat() + "{") == {"json"}
    twice = {"messages": [*_with()["messages"], {"role": "assistant", "content": "B."}]}
    assert broken(_chat(twice)) == set()
    assert broken(_chat(twice), together=True) == {"alternation"}
    assert broken(_chat({**_with(), "tools": []}), together=True) == {"one_format"}
    warned = {problem.rule for problem in check_chat(_chat(_with(content="word " * 12_000)))}
    assert "tokens" in warned
    assert "missing_system" in warned


def test_epochs_that_a_host_chooses_are_foretold() -> None:
    assert [default_epochs(n) for n in (10, 33, 34, 8_333, 8_334, 25_000)] == [10, 3, 3, 3, 2, 1]


def test_a_licence_that_the_hub_does_not_list_is_other_by_its_name() -> None:
    from tuneproof.reports.cards import DatasetFacts, dataset_card

    def head(*licences: str | None) -> dict[str, Any]:
        sources = [(f"s{n}", licence, 1) for n, licence in enumerate(licences)]
        facts = DatasetFacts("n", "s", "h", "2026-01-01", "en", {"train": 2}, sources, {"human": 2}, {}, 0, False)
        found: dict[str, Any] = yaml.safe_load(dataset_card(facts, None).split("---\n")[1])
        return found

    assert head("MIT", "MIT")["license"] == "mit"
    assert head("MIT", None)["license"] == "unknown"
    assert (head("MIT", "ISC")["license"], head("MIT", "ISC")["license_name"]) == ("other", "several")
    assert (head("PSF-2.0")["license"], head("PSF-2.0")["license_name"]) == ("other", "psf-2.0")
    assert "synthetic" not in head("MIT")["tags"]
