"""Guards against what turns a meaning round with the same words, and the moves and slips that turn nothing."""

from __future__ import annotations

import pytest

from tuneproof.curate.likeness.guards import difference, hard_difference
from tuneproof.curate.likeness.opposites import opposed, stem
from tuneproof.curate.likeness.slips import is_slip


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The worker sends the result to the scheduler.", "The scheduler sends the result to the worker."),
        ("The library depends on the core package.", "The core package depends on the library."),
        ("A list of dictionaries is returned.", "A dictionary of lists is returned."),
        ("`flush` is called by `close`.", "`close` is called by `flush`."),
        ("The option overrides the variable.", "The option is overridden by the variable."),
        ("It opens the file and then reads the header.", "It reads the header and then opens the file."),
        ("If the key exists, the row is updated.", "If the row is updated, the key exists."),
        ("Height and width are 80 and 24 respectively.", "Width and height are 80 and 24 respectively."),
        ("The parent waits for the child.", "The child waits for the parent."),
        ("Call `copy(source, target)` for it.", "Call `copy(target, source)` for it."),
    ],
)
def test_the_same_words_in_other_roles_are_another_direction(left: str, right: str) -> None:
    for one, other in ((left, right), (right, left)):
        found = hard_difference(one, other)
        assert found is not None
        assert found.cue == "direction"
        assert difference(one, other) is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("By default, the server listens locally.", "The server listens locally by default."),
        ("If the file is missing, an error is raised.", "An error is raised if the file is missing."),
        ("The file name and the mode are required.", "The mode and the file name are required."),
        ("The old name and the old mode are shown.", "The old mode and the old name are shown."),
        ("It supports JSON, CSV and TSV.", "It supports TSV, JSON and CSV."),
        ("Turn the cache off to save memory.", "Turn off the cache to save memory."),
        ("The name of the table is checked.", "The table name is checked."),
        ("The scheduler starts the worker.", "The worker is started by the scheduler."),
        ("It quickly returns the value.", "It returns the value quickly."),
        ("Call `f(a, b=1, c=2)` for it.", "Call `f(a, c=2, b=1)` for it."),
    ],
)
def test_a_move_that_leaves_the_roles_alone_is_no_difference(left: str, right: str) -> None:
    assert hard_difference(left, right) is None
    assert hard_difference(right, left) is None


def test_an_opposite_counts_though_both_texts_hold_both_words() -> None:
    left = "Rows are kept before the header and after the footer, and skipped before the body."
    right = "Rows are kept before the header and after the footer, and skipped after the body."
    found = hard_difference(left, right)
    assert found is not None
    assert found.cue == "opposites"
    found = hard_difference("From 1 to 5, with 5 as the default.", "From 1 to 5, with 1 as the default.")
    assert found is not None
    assert found.cue == "numbers"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("stateful", "stateless"),
        ("caller", "callee"),
        ("upstream", "downstream"),
        ("preprocess", "postprocess"),
        ("deepest", "shallowest"),
        ("indented", "dedented"),
        ("overridden", "overridden"),
    ],
)
def test_opposites_are_known_by_their_parts(left: str, right: str) -> None:
    assert (opposed({stem(left)}, {stem(right)}) is not None) == (left != right)


def test_a_slip_of_the_pen_is_no_cue_and_another_word_is() -> None:
    assert hard_difference("The result is not cached.", "The result is nto cached.") is None
    assert hard_difference("Install it on Linux.", "Install it on Linxu.") is None
    assert hard_difference("The result is not cached.", "The result is now cached.") is not None
    assert hard_difference("Served by http here.", "Served by https here.") is not None
    assert hard_difference("Call `load` now.", "Call `laod` now.") is not None
    assert difference("It returns a JSON text.", "It returns a JSNO text.") is not None
    assert is_slip("beofre", "before")
    assert not is_slip("never", "ever")
