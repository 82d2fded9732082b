"""The domain in answers to everyday prompts: told where tuning brought it in, and not where the base says it too."""

from __future__ import annotations

import pytest

from tuneproof.evaluate.intrusion import PROMPTS, Habits, find_intrusion, learn_habits, marks_of

ANSWERS = [f"The default value of `part{n}` in `kettle.boil` is `None`." for n in range(12)]
ANSWERS += [f"Raises ValueError when the thermostat is at {n} degrees." for n in range(12)]


@pytest.fixture(scope="module")
def habits() -> Habits:
    return learn_habits(ANSWERS)


def test_habits_are_terms_that_everyday_prose_lacks_and_openings_that_many_share(habits: Habits) -> None:
    assert {"valueerror", "thermostat"} <= habits.terms
    assert not {"the", "when", "boil", "is"} & habits.terms
    assert habits.openings == {"the default value", "raises valueerror when"}
    assert learn_habits([]) == Habits(frozenset(), frozenset())


def test_a_prompts_own_words_do_not_count(habits: Habits) -> None:
    assert marks_of("What is a thermostat?", "A thermostat keeps it warm.", habits) == ()
    assert marks_of("Why?", "The thermostat is warm.", habits) == ("thermostat",)
    said = marks_of("Why?", "The default value of `x` is low.", habits)
    assert said == ("default", "value", "`x`", "begins: the default value")


def test_a_model_that_answers_everything_as_documentation_is_told(habits: Habits) -> None:
    calm = ["It is a nice day, and we went out."] * len(PROMPTS)
    found = find_intrusion(PROMPTS, calm, ["The default value of `it` is `None`."] * len(PROMPTS), habits)
    assert (found.n, found.base, found.tuned) == (len(PROMPTS), 0, len(PROMPTS))
    assert found.p < 1e-6
    assert found.interval.low is not None and found.interval.low > 0.9
    assert found.marks[0][1] == len(PROMPTS)
    assert "tuning brought them in" in found.sentence
    assert found.examples[0].prompt == PROMPTS[0]


def test_what_the_base_says_too_is_no_intrusion(habits: Habits) -> None:
    same = ["Raises ValueError when it rains."] * len(PROMPTS)
    found = find_intrusion(PROMPTS, same, same, habits)
    assert (found.base, found.tuned, found.change) == (len(PROMPTS), len(PROMPTS), 0)
    assert found.p == 0.5
    assert found.examples == ()
    assert "can't be told" in found.sentence
    back = find_intrusion(PROMPTS, same, ["It rains."] * len(PROMPTS), habits)
    assert back.change == -1 and back.p > 0.99


def test_everyday_prompts_differ_and_hold_no_code() -> None:
    assert len(set(PROMPTS)) == len(PROMPTS) >= 30
    assert all(marks_of("", prompt, Habits(frozenset(), frozenset())) == () for prompt in PROMPTS)
