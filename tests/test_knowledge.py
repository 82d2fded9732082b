"""The probe: facts changed by rule, asked of a real small model, and advice that follows from the figures."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_model import make_adapter, make_base, user_item
from tests.tuned_workspace import make_tuned
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Item
from tuneproof.evaluate.alterations import Altered, alter
from tuneproof.evaluate.knowledge import LEAST, WAYS, Told, probe_knowledge, sample_facts, settle
from tuneproof.evaluate.models import load_model
from tuneproof.tui.cli import run

PASSAGE = "def boil(water, limit=96): The `limit` is 96 degrees; `water` is measured. Returns `None` at 1.96 bar."


def asked(question: str, reference: str, number: int = 0, role: Any = "heldout") -> Item:
    return replace(user_item(role, number, number % 7, reference), prompt=question)


def only(question: str, reference: str, passage: str = PASSAGE, *others: str) -> Altered | None:
    items = [asked(question, reference), *(asked("What?", other) for other in others)]
    found = [one for one in alter(items, [passage, *("nothing" for _ in others)]) if one.item is items[0]]
    return found[0] if found else None


def test_a_number_is_changed_in_answer_and_passage_and_nowhere_inside_another() -> None:
    found = only("What is the limit?", "The limit is 96 degrees.")
    assert found is not None
    assert (found.value, found.other, found.reference) == ("96", "145", "The limit is 145 degrees.")
    assert found.new_passage == PASSAGE.replace("=96", "=145").replace("is 96 ", "is 145 ")
    assert "1.96 bar" in found.new_passage


def test_true_none_and_names_are_changed_by_what_stands_nowhere_near() -> None:
    none = only("What does it return?", "It returns `None`.")
    assert none is not None and none.reference == "It returns `True`."
    name = only("What does it take?", "It takes `water`.", PASSAGE, "It takes `steam`.", "It takes `electricity`.")
    assert name is not None and (name.value, name.other) == ("water", "steam")
    assert "`steam` is measured" in name.new_passage


@pytest.mark.parametrize(
    ("question", "reference"),
    [
        ("Is the limit 96?", "The limit is 96 degrees."),
        ("What is the limit?", "The limit is 77 degrees."),
        ("What is it?", "A kettle boils."),
        ("What does it take?", "It takes `water`."),
    ],
)
def test_what_the_question_says_the_passage_lacks_or_no_name_replaces_is_left(question: str, reference: str) -> None:
    assert only(question, reference) is None


def test_a_sample_is_the_same_every_time_and_fair_to_roles() -> None:
    facts = [
        Altered(asked("q", "a", n, role), "p", "b", "p", "v", "w") for role in ("heldout", "train") for n in range(30)
    ]
    found = sample_facts(facts, 10)
    assert found == sample_facts(facts[::-1], 10)
    assert [one.item.role for one in found].count("heldout") == 10 == len(found) - 10


def told(share: dict[str, float], bits: float, n: int = 80, role: str = "heldout") -> list[Told]:
    """Facts that are told with these probabilities; the tuned model's answers cost ``bits`` less than the prompt's."""
    rng = random.Random(7)
    return [
        Told(
            role, f"g{at % 16}",
            {way: rng.random() < share.get(f"{way[0]} {way[1]}", 0.5) for way in WAYS},
            {way: 1.5 - (bits if way == ("tuned", "closed") else 0) + rng.gauss(0, 0.1) for way in WAYS},
        )
        for at in range(n)
    ]  # fmt: skip


def test_a_case_made_for_retrieval_is_told_to_retrieve() -> None:
    facts = told({"base passage": 0.95, "tuned passage": 0.95, "base changed": 0.9, "tuned changed": 0.9}, 0.0)
    found = settle(facts + [replace(one, role="train") for one in facts])
    said = " ".join(found.advice)
    assert "Retrieval serves better than this fine-tune for facts of documents that it never saw" in said
    assert "not seen to have taught facts" in said
    assert "A prompt would not do" not in said
    assert "follows a changed passage about as often" in said


def test_a_case_made_for_tuning_is_told_that_a_prompt_would_not_do() -> None:
    known = {"base passage": 0.6, "tuned closed": 0.95, "tuned passage": 0.97}
    found = settle(told(known, 0.6) + told(known, 0.6, role="train"))
    said = " ".join(found.advice)
    assert "Retrieval is not seen to serve better" in said
    assert "Tuning taught facts" in said
    assert "A prompt would not do" in said


def test_a_model_that_clings_to_what_it_learnt_is_told() -> None:
    found = settle(told({"base changed": 0.9, "tuned changed": 0.3, "base passage": 0.9}, 0.2))
    assert any(one.startswith("It clings to what it learnt") for one in found.advice)
    gap = next(one for one in found.gaps if one.name == "clings")
    assert gap.p < 1e-6 and gap.interval is not None and gap.interval.low is not None and gap.interval.low > 0.3


def test_a_real_model_is_asked_under_every_condition_and_its_likelihoods_decide(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    loaded = load_model(str(base), make_adapter(base, tmp_path / "adapter", strength=0.3), threads=1)
    items = [
        asked(f"What is value {n}?", f"The value is {n + 10}.", n, "train" if n % 2 else "heldout") for n in range(28)
    ]
    facts = alter(items, [f"value name is {n + 10} path" for n in range(28)])
    assert len(facts) == 28
    shots = [asked("What opens?", "The relay.", n, "train") for n in range(3)]
    found = probe_knowledge(loaded, facts, shots)
    assert {(one.role, one.model, one.condition) for one in found.figures} == {
        (role, *way) for role in ("heldout", "train") for way in WAYS
    }
    assert all(one.n == 14 for one in found.figures)
    assert found.too_long == 0
    again = probe_knowledge(loaded, facts, shots)
    assert again == found
    assert json.loads(json.dumps(found.to_document()))["too_long"] == 0
    base_alone = probe_knowledge(load_model(str(base), None, threads=1), facts, shots)
    for one, other in zip(found.figures, base_alone.figures, strict=True):
        assert one.model == "tuned" or one.share == other.share
        assert one.model == "tuned" or one.bits == pytest.approx(other.bits)
    with pytest.raises(DataError, match=f"{LEAST} are needed"):
        probe_knowledge(loaded, facts[:5], shots)
    long = [replace(one, passage=one.passage * 90, new_passage=one.new_passage * 90) for one in facts]
    with pytest.raises(DataError, match="0 of 28 facts fit"):
        probe_knowledge(loaded, long, shots)


def test_the_command_says_how_many_facts_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_tuned(tmp_path / "ws").root)
    assert run(["probe"]) == 1
    said = capsys.readouterr().err
    assert f"0 facts of the answers can be changed by rule and stand in their passage; {LEAST} are needed" in said
    assert run(["probe", "--facts", "3"]) == 1
