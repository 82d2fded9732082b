"""The general suites: every item has one right answer, and none of them can be trained on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import islice
from random import Random

import pytest

from tuneproof.datasets.bundled.suites import (
    ALL,
    SUITES,
    SuiteItem,
    comparison,
    copying,
    facts,
    sorting,
    split_of,
    suite_items,
    training_texts,
)
from tuneproof.datasets.bundled.suites.problem import Draw, Problem
from tuneproof.datasets.workspace.errors import UsageError

DRAWS: dict[str, Draw] = {
    "comparison": comparison.draw,
    "copying": copying.draw,
    "facts": facts.draw,
    "sorting": sorting.draw,
}


def numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", text)]


def solve_comparison(prompt: str, choice: str) -> bool:
    if " list is" in prompt:
        first, second = (len(part.split()) for part in re.findall(r"[AB]: ([a-z ]+)\.", prompt))
        longer = "A" if first > second else "B"
        return (choice.strip() == longer) == ("longer" in prompt)
    ordered = sorted(numbers(prompt), reverse="larg" in prompt)
    return int(choice) == ordered["second" in prompt]


def solve_copying(prompt: str, choice: str) -> bool:
    words = re.split(r"[:.]", prompt)[1].split()
    if "Every second" in prompt:
        words = words[::2]
    elif "Reversed" in prompt:
        words.reverse()
    else:
        one, other = re.findall(r"With (\w+) and (\w+) exchanged", prompt)[0]
        words = [{one: other, other: one}.get(w, w) for w in words]
    return choice.strip(" .").split() == words


def solve_facts(prompt: str, choice: str) -> bool:
    """The prompt is some wording of some fact of which the choice is the answer."""
    return any(
        choice.strip() == answer and any(t.format(s=subject) == prompt for t in facts.TEMPLATES[relation])
        for relation, known in facts.FACTS.items()
        for subject, answer in known.items()
    )


def solve_sorting(prompt: str, choice: str) -> bool:
    listed, done = re.split(r"\. Sorted:", prompt.removeprefix("Sort: "))
    parts: list[str] = listed.split(", ")
    ordered = sorted(parts, key=int) if parts[0].isdigit() else sorted(parts)
    return choice.strip() == ordered[len(done.split())]


SOLVERS: dict[str, Callable[[str, str], bool]] = {
    "comparison": solve_comparison,
    "copying": solve_copying,
    "facts": solve_facts,
    "sorting": solve_sorting,
}


def drawn(suite: str) -> list[Problem]:
    rng = Random(7)
    return [DRAWS[suite](rng, 1 + i % 3) for i in range(1_500)]


@pytest.mark.parametrize("suite", ALL)
def test_exactly_the_marked_choice_is_right(suite: str) -> None:
    for seed in (0, 1):
        for item in suite_items(suite, seed=seed):
            right = [SOLVERS[suite](item.prompt, choice) for choice in item.choices]
            assert right.count(True) == 1, item
            assert right[item.answer], item


@pytest.mark.parametrize("suite", ALL)
def test_the_first_choice_of_every_drawn_problem_is_right(suite: str) -> None:
    for problem in drawn(suite):
        assert SOLVERS[suite](problem.prompt, problem.choices[0]), problem
        assert len(set(problem.choices)) == len(problem.choices), problem


@pytest.mark.parametrize("suite", ALL)
def test_choices_continue_the_prompt_and_differ(suite: str) -> None:
    for item in suite_items(suite):
        assert len(set(item.choices)) == len(item.choices) >= 2
        assert not item.prompt.endswith(" ")
        assert all(choice.startswith(" ") for choice in item.choices)


def test_no_copy_is_likelier_by_its_length_alone() -> None:
    for item in suite_items("copying"):
        assert len({len(choice.split()) for choice in item.choices}) == 1


@pytest.mark.parametrize("suite", ALL)
def test_items_are_the_same_for_the_same_seed_and_differ_between_seeds(suite: str) -> None:
    assert suite_items(suite, 60, 3) == suite_items(suite, 60, 3)
    assert suite_items(suite, 60, 3) != suite_items(suite, 60, 4)


@pytest.mark.parametrize("suite", ALL)
def test_item_ids_name_the_content_and_are_unique(suite: str) -> None:
    items = suite_items(suite)
    assert len({i.item_id for i in items}) == len(items)
    by_id: dict[str, SuiteItem] = {i.item_id: i for seed in (1, 2) for i in suite_items(suite, seed=seed)}
    for item in items:
        again = by_id.get(item.item_id)
        if again is not None:
            assert again.prompt == item.prompt
            assert again.choices[again.answer] == item.choices[item.answer]


@pytest.mark.parametrize("suite", ALL)
def test_a_suite_has_enough_items_over_all_levels_and_answers_in_every_place(suite: str) -> None:
    items = suite_items(suite)
    assert len(items) >= 150
    assert set(Counter(i.level for i in items)) == {1, 2, 3}
    widest = max(len(i.choices) for i in items)
    places = Counter(i.answer for i in items)
    assert set(places) == set(range(widest))
    assert len({i.template for i in items}) >= 2


def test_problems_of_one_content_lie_on_one_side() -> None:
    sides = Counter(split_of(f"{a}+{b}") for a in range(100) for b in range(100))
    assert 0.18 < sides["item"] / 10_000 < 0.22
    assert split_of("3+4") == split_of("3+4")


def test_no_item_of_any_seed_is_ever_trained_on() -> None:
    trained = {(t.suite, t.text) for t in islice(training_texts(0), 60_000)}
    for suite in ALL:
        for seed in range(4):
            solved = {(suite, i.prompt + i.choices[i.answer]) for i in suite_items(suite, seed=seed)}
            assert not solved & trained


def test_the_same_numbers_are_never_trained_on_in_another_wording() -> None:
    def asked(prompt: str) -> tuple[bool, tuple[int, ...]]:
        return "larg" in prompt, tuple(sorted(numbers(prompt)))

    items = {asked(i.prompt) for i in suite_items("comparison") if numbers(i.prompt)}
    texts = (t.prompt for t in islice(training_texts(0, ["comparison"]), 30_000))
    assert not items & {asked(p) for p in texts if numbers(p)}


def test_training_texts_are_deterministic_endless_and_solved() -> None:
    first = list(islice(training_texts(5), 3_000))
    assert first == list(islice(training_texts(5), 3_000))
    assert {t.suite for t in first} == set(ALL)
    for text in first:
        assert text.text == f"{text.prompt} {text.answer}"
        assert SOLVERS[text.suite](text.prompt, f" {text.answer}")


def test_training_texts_can_be_limited_to_some_suites() -> None:
    assert {t.suite for t in islice(training_texts(0, ["copying", "facts"]), 200)} == {"copying", "facts"}


def test_an_unknown_suite_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        suite_items("juggling")
    assert "copying" in caught.value.hint


def test_kept_suites_are_among_all() -> None:
    assert set(SUITES) <= set(ALL)
    assert len(SUITES) >= 4


def test_every_fact_is_taught_in_some_wording() -> None:
    taught = {t.prompt for t in islice(training_texts(0, ["facts"]), 40_000)}
    untaught = [
        (relation, subject)
        for relation, known in facts.FACTS.items()
        for subject in known
        if not any(template.format(s=subject) in taught for template in facts.TEMPLATES[relation])
    ]
    assert untaught == []


def test_facts_offer_no_second_answer_of_the_same_relation() -> None:
    for known in facts.FACTS.values():
        for subject, answer in known.items():
            assert subject.strip() == subject
            assert answer.strip() == answer
            assert subject != answer
