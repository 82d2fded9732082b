"""Style: outliers by row, two hands in one set, and mends that leave code alone."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.checking.style import find_style, profile_of
from tuneproof.curate.checking.style_fixes import expanded, mended, tagged, without_fillers
from tuneproof.curate.checking.style_profile import StyleProfile
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import Config, Style
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Finding

_SUBJECTS = ("archive", "socket", "parser", "logger", "encoder", "session", "cursor", "buffer", "thread", "schema")
_VERBS = ("opens", "reads", "writes", "closes", "checks", "copies", "splits", "joins", "counts", "sorts")
_RESTS = (
    "and returns the number of items that were found.",
    "before the next call is made. It does not change the input.",
    "with the given `mode`. The default is `None`.",
    "and raises `ValueError` if the name is empty.",
    "until no more data is left in the stream.",
)


def _plain(count: int) -> list[PairRow]:
    """Return answers in one hand, all of them different."""
    chosen = random.Random(0)
    rows = []
    for at in range(count):
        subject, verb, rest = chosen.choice(_SUBJECTS), chosen.choice(_VERBS), chosen.choice(_RESTS)
        answer = f"The {subject} number {at} {verb} each record {rest}"
        rows.append(PairRow(f"p{at:04d}", f"What does {subject} {at} do?", answer, "what_is", "import", "import"))
    return rows


def _chatty(row: PairRow) -> PairRow:
    said = row.answer.replace("does not", "doesn't")
    return replace(row, answer=f"Sure! {said} I hope this helps!")


def _outliers(rows: list[PairRow], config: Config | None = None) -> dict[str, Finding]:
    found = find_style(CheckInputs(rows, config=config or Config()))
    return {one.subject_id: one for one in found if one.check_name == "style_outlier"}


def _splits(rows: list[PairRow]) -> list[Finding]:
    return [one for one in find_style(CheckInputs(rows)) if one.check_name == "style_split"]


@pytest.mark.parametrize("share", [0.05, 0.20])
def test_rows_in_another_hand_are_outliers_and_no_others(share: float) -> None:
    rows = _plain(300)
    drifted = {row.pair_id for row in random.Random(1).sample(rows, int(share * len(rows)))}
    found = _outliers([_chatty(row) if row.pair_id in drifted else row for row in rows])
    assert set(found) == drifted


def test_an_answer_all_in_bold_type_is_an_outlier_and_a_bold_name_is_none() -> None:
    first, second, *others = _plain(300)
    bold = replace(first, answer=f"* **{first.answer.rstrip('.')}**\n* **It is kept.**")
    named = replace(second, answer=f"**Note:** {second.answer}")
    assert set(_outliers([bold, named, *others])) == {bold.pair_id}


def _listed(row: PairRow) -> PairRow:
    return replace(row, answer="\n".join(f"- {part}." for part in row.answer.rstrip(".").split(". ")))


def _with_sources(rows: list[PairRow], listed: bool = False) -> CheckInputs:
    kept = [replace(row, chunk_ids=(f"c{row.pair_id}",)) for row in rows]
    texts = {row.pair_id: _listed(row).answer if listed else row.answer for row in rows}
    chunks = {f"c{row.pair_id}": ChunkText(f"c{row.pair_id}", "d", "section", (), texts[row.pair_id]) for row in rows}
    return CheckInputs(kept, chunks)


def test_answers_made_into_lists_are_outliers_unless_the_source_lists_the_same() -> None:
    rows = _plain(200)
    drifted = [_listed(row) if at % 20 == 0 else row for at, row in enumerate(rows)]
    plain = _with_sources(rows)
    found = find_style(
        replace(plain, rows=[replace(a, answer=b.answer) for a, b in zip(plain.rows, drifted, strict=True)])
    )
    assert {one.subject_id for one in found} == {row.pair_id for row in rows[::20]}
    lists = _with_sources(drifted, listed=True)
    assert list(find_style(lists)) == []


def test_a_set_half_of_lists_is_split_by_them() -> None:
    rows = _plain(200)
    inputs = _with_sources(rows)
    half = [replace(row, answer=_listed(row).answer) if at % 2 else row for at, row in enumerate(inputs.rows)]
    splits = [one for one in find_style(replace(inputs, rows=half)) if one.check_name == "style_split"]
    assert [one.subject_id for one in splits] == ["listed"]


def test_one_stiff_word_is_no_outlier_and_a_stiff_answer_is() -> None:
    first, second, *others = _plain(300)
    stiff = replace(first, answer=first.answer.replace("The ", "Prior to use, the ", 1))
    stiffer = replace(second, answer=f"Furthermore, one must utilize it. {second.answer}")
    assert set(_outliers([stiff, stiffer, *others])) == {stiffer.pair_id}


def test_a_set_in_one_hand_has_neither_outlier_nor_split() -> None:
    assert list(find_style(CheckInputs(_plain(300)))) == []


def test_two_hands_of_half_the_set_each_are_told_apart() -> None:
    rows = _plain(300)
    other = {row.pair_id for row in rows[::2]}
    (split,) = _splits([_chatty(row) if row.pair_id in other else row for row in rows])
    sides = [set(split.evidence["one"]), set(split.evidence["other"])]  # type: ignore[call-overload]
    assert other in sides
    assert {"filler_opener", "filler_closer"} <= {one["feature"] for one in split.evidence["features"]}  # type: ignore[attr-defined]


def test_two_hands_that_are_two_generators_are_named() -> None:
    rows = [_chatty(replace(row, generator="second")) if at % 2 else row for at, row in enumerate(_plain(200))]
    (split,) = _splits(rows)
    assert split.evidence["grouping"] == "generator"


def test_kinds_of_case_that_differ_in_form_are_no_split() -> None:
    rows = [
        replace(row, case_type="parameter", answer=f"## Use\n\n- **Pass** `{row.pair_id}`.\n- **Keep** it.")
        if at % 2
        else row
        for at, row in enumerate(_plain(200))
    ]
    assert _splits(rows) == []


def test_words_that_the_source_uses_too_are_no_drift() -> None:
    rows = _plain(100)
    said = "You'll really love this: it's awesome, and we use it a lot!"
    rows[7] = replace(rows[7], answer=said, chunk_ids=("c",))
    chunks = {"c": ChunkText("c", "d", "section", (), f"# Why\n\n{said}\n")}
    assert "p0007" not in {one.subject_id for one in find_style(CheckInputs(rows, chunks))}
    assert "p0007" in {one.subject_id for one in find_style(CheckInputs(rows))}


def test_a_mend_is_offered_and_takes_the_filler_out() -> None:
    rows = _plain(100)
    before = rows[3].answer
    rows[3] = _chatty(rows[3])
    found = _outliers(rows)["p0003"]
    assert found.evidence["fix"] == before
    assert found.severity == "info"


def test_accepted_pairs_say_what_is_usual_once_there_are_thirty() -> None:
    rows = [_chatty(row) for row in _plain(100)]
    plain = [replace(row, pair_id=f"a{at}", status="accepted") for at, row in enumerate(_plain(40))]
    inputs = CheckInputs([*rows, *plain])
    assert profile_of(inputs.rows, {}, Style()).basis == "accepted"
    assert set(_outliers([*rows, *plain])) == {row.pair_id for row in rows}


def test_what_is_declared_overrules_what_is_usual() -> None:
    rows = [replace(row, answer=row.answer.replace("The ", "You see that the ", 1)) for row in _plain(60)]
    assert _outliers(rows) == {}
    declared = Config(style=Style(person="impersonal"))
    assert len(_outliers(rows, declared)) == 60


def test_a_declared_spelling_is_found_and_mended_in_prose_alone() -> None:
    rows = _plain(60)
    rows[5] = replace(rows[5], answer="The tool clones it from Github with `Github.clone` and stops.")
    found = _outliers(rows, Config(style=Style(terms={"GitHub": ("Github",)})))["p0005"]
    assert found.evidence["fix"] == "The tool clones it from GitHub with `Github.clone` and stops."


def test_a_name_that_is_spelt_otherwise_than_usual_is_found() -> None:
    rows = [replace(row, answer=f"{row.answer} This runs on macOS too.") for row in _plain(60)]
    rows[9] = replace(rows[9], answer=rows[9].answer.replace("macOS", "MacOS"))
    assert _outliers(rows)["p0009"].evidence["spelling"] == {"MacOS": "macOS"}


def test_parameters_listed_in_another_order_than_the_signature_are_found() -> None:
    rows = _plain(60)
    rows[2] = replace(rows[2], answer="`copy` accepts `target`, `source` and `mode`.", chunk_ids=("c",))
    text = 'def copy(source, target, mode=None):\n    """Copy."""'
    chunks = {"c": ChunkText("c", "d", "function", ("shutil", "copy"), text, format="python")}
    found = {one.subject_id: one for one in find_style(CheckInputs(rows, chunks))}
    assert found["p0002"].evidence["features"][0]["feature"] == "parameter_order"  # type: ignore[index]


def test_a_profile_survives_json_and_measures_a_text_the_same() -> None:
    profile = profile_of(_plain(80), {}, Style(contractions=False))
    again = StyleProfile.from_json(json.loads(json.dumps(profile.to_json())))
    usual, odd = _plain(1)[0].answer, "Hey folks! I think it's super cool, lol 🎉"
    assert again.distance(usual) == profile.distance(usual) < 3.5
    assert again.distance(odd) == profile.distance(odd) >= 3.5


def test_a_profile_of_other_features_is_refused_with_what_to_do() -> None:
    values = profile_of(_plain(80), {}, Style()).to_json()
    del values["overall"]["emphasis"]
    with pytest.raises(DataError, match="another version"):
        StyleProfile.from_json(values)


def test_a_mend_leaves_code_as_it_is() -> None:
    answer = "Sure! It's run so:\n\n```\nimport os\nprint(\"don't!\")\n```\n\nIt isn't `can't`. Hope this helps!"
    fixed = mended(answer, {"filler_opener", "filler_closer", "contractions", "bare_fences"}, {})
    assert fixed == ("It is run so:\n\n```python\nimport os\nprint(\"don't!\")\n```\n\nIt is not `can't`.")


def test_what_is_not_plain_is_left_alone() -> None:
    assert (
        expanded("It's been read. The user's file doesn't exist.") == "It's been read. The user's file does not exist."
    )
    assert tagged("```\nsome output\n```") == "```\nsome output\n```"
    assert without_fillers("Sure, the flag is set.") == "The flag is set."
    assert mended("The flag is set.", {"filler_opener", "emoji"}, {}) is None
