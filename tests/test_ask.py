from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_model import make_adapter, make_base
from tuneproof.datasets.workspace.errors import ModelError, UsageError
from tuneproof.evaluate.ask import ask
from tuneproof.evaluate.models import load_model
from tuneproof.evaluate.outputs import generate


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("ask") / "base")


@pytest.fixture(scope="module")
def adapter(base: Path) -> Path:
    return make_adapter(base, base.parent / "adapter", strength=0.5)


def test_three_answers_come_from_three_states(base: Path, adapter: Path) -> None:
    answers = ask("What does the relay do?", "The relay opens the valve.", base, adapter, max_new_tokens=12, threads=1)
    assert answers.base_with_passage is not None
    assert answers.tuned is not None
    assert len({answers.base, answers.base_with_passage, answers.tuned}) == 3


def test_a_passage_that_does_not_fit_is_cut_at_its_end_and_said_so(base: Path) -> None:
    long = "The relay opens the valve. " * 60
    answers = ask("What does the relay do?", long, base, None, max_new_tokens=12, threads=1)
    assert answers.passage_cut > 0
    assert answers.base_with_passage is not None


def test_without_passage_and_adapter_only_the_base_answers(base: Path) -> None:
    answers = ask("What does the relay do?", None, base, None, max_new_tokens=12, threads=1)
    assert answers.base
    assert (answers.base_with_passage, answers.tuned) == (None, None)


def test_an_answer_stops_at_the_end_of_its_turn(base: Path) -> None:
    import torch

    loaded = load_model(str(base), None, threads=1)
    prompt = [5, 6, 7, 8]
    free = loaded.model.generate(
        input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, 4), max_new_tokens=10, do_sample=False
    )[0, len(prompt) :].tolist()
    end = free[4]
    loaded.model.generation_config.eos_token_id = [end]
    stopped = generate(loaded, "base", [prompt, prompt[1:]], max_new_tokens=10)[0]
    kept = free[: free.index(end) + 1]
    assert stopped == str(loaded.tokenizer.decode(kept, skip_special_tokens=True)).strip()
    assert len(kept) < 10


def test_an_empty_question_is_refused(base: Path) -> None:
    with pytest.raises(UsageError, match="empty"):
        ask("  ", None, base, None)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be loaded as a model") as caught:
        ask("What?", None, tmp_path, None)
    assert str(tmp_path) in caught.value.message
    assert "tuneproof.toml" in caught.value.hint
