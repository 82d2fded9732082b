"""Plants do what they claim, controls keep what they claim, and the table counts what happened."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tuneproof.curate.calibration import (
    broken_code,
    conflicts,
    credentials,
    damage,
    facts,
    holes,
    manners,
    orders,
    people,
    pointing,
    repeats,
    tongues,
)
from tuneproof.curate.calibration import national_numbers as numbers
from tuneproof.curate.calibration.adjudication import choose_flags, read_verdicts, write_flags
from tuneproof.curate.calibration.cases import Case, Recipe, draw_cases, make_case, planted_rows
from tuneproof.curate.calibration.counting import Judged, Share, Tally, Trials
from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.labelled import read_labelled
from tuneproof.curate.calibration.material import Material, gather
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.verdict.intervals import clopper_pearson
from tuneproof.datasets.workspace.config import Config
from tuneproof.datasets.workspace.errors import DataError
from tuneproof.datasets.workspace.records import Duplicate, Finding
from tuneproof.reports.calibration_page import Provenance, render_calibration
from tuneproof.tui.cli import run

MODULES = ("python:argparse", "python:shutil", "python:textwrap")
GUIDE = """# Kettle

The kettle boils water for tea and coffee. It holds at most 1500 millilitres and switches itself off.

## Descale the kettle

Fill the kettle with vinegar and water, boil it once, and rinse it twice before it is used again. The lamp is red
while the program runs. Do not open the lid during that time.

## Set the temperature

Pass --temperature 80 to `kettle.heat()` for green tea. The default value is 100 degrees. The file
/etc/kettle/kettle.toml keeps the "last used temperature" of every program, and https://kettle.example.org/manual
lists them.

## Limits

The kettle must not be filled above the mark. It takes 4 minutes to boil. When the water is gone, the kettle stops.

## Errors

If the sensor fails, the kettle raises an error and the lamp blinks 3 times. Unplug it for 10 seconds to clear that.
"""
ROUNDS: tuple[tuple[Recipe, ...], ...] = (
    facts.RECIPES, credentials.RECIPES, orders.RECIPES, people.RECIPES, damage.EMPTINESS, damage.LENGTH, damage.BYTES,
    broken_code.FENCES, broken_code.CODE, pointing.RECIPES, pointing.OFF_TOPIC, tongues.RECIPES, repeats.RECIPES,
    conflicts.RECIPES, *(manners.outliers("style", kind) for kind in manners.DRIFTS),
)  # fmt: skip


def _quiet(_done: int, _total: int, _note: str) -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    docs = tmp_path_factory.mktemp("docs")
    (docs / "kettle.md").write_text(GUIDE)
    return gather([str(docs), *MODULES], Config(), 0, 10_000, _quiet)


def _cases(material: Material, recipes: tuple[Recipe, ...], each: int = 4) -> list[Case]:
    """Return up to ``each`` cases of every recipe."""
    made: list[Case] = []
    for recipe in recipes:
        cases = (make_case(recipe, row, material, Random(f"{recipe.kind} {row.pair_id}")) for row in material.rows)
        made += islice((case for case in cases if case is not None), each)
    return made


def test_every_kind_of_fault_and_control_finds_a_site(material: Material) -> None:
    without = []
    for recipes in ROUNDS:
        made = {(case.check, case.kind, case.planted) for case in _cases(material, recipes, 1)}
        without += [r for r in recipes if (r.check, r.kind, r.planted) not in made]
    # Some need what these few documents do not hold.
    rare = {"in a list", "own fence lost", "number in figures", "trailing zero", "own text", "unit", "version"}
    assert not [f"{recipe.check}: {recipe.kind}" for recipe in without if recipe.kind not in rare]


def test_every_check_has_faults_and_controls() -> None:
    for recipes in ROUNDS:
        for check in {recipe.check for recipe in recipes}:
            assert {recipe.planted for recipe in recipes if recipe.check == check} == {True, False}, check


def test_an_ungrounded_fact_is_not_in_the_source_and_the_answer_changes_there_alone(material: Material) -> None:
    by_id = {row.pair_id: row for row in material.rows}
    seen = Counter[str]()
    for case in _cases(material, facts.FAULTS, 12):
        source = material.source_text(by_id[case.row.pair_id])
        before = re.findall(r"[\w./:-]+", by_id[case.row.pair_id].answer)
        new = [word for word in re.findall(r"[\w./:-]+", case.row.answer) if word not in before]
        assert any(word.casefold().strip(".") not in source.casefold() for word in new), case.row.answer
        assert case.row.question == by_id[case.row.pair_id].question
        seen[case.kind] += 1
    assert len(seen) == 9


def test_controls_of_grounding_bring_in_no_word_but_another_form(material: Material) -> None:
    form = dict(
        zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), range(1, 11), strict=True)
    )
    by_id = {row.pair_id: row for row in material.rows}
    for case in _cases(material, facts.CONTROLS, 12):
        row = by_id[case.row.pair_id]
        source = re.sub(r"[`*,]|\s+", " ", f"{material.source_text(row)} {row.answer}".casefold()).replace(" ", "")
        for word in re.findall(r"\w+", case.row.answer.casefold()):
            figure = str({**form, "zero": 0}.get(word, "\0"))
            known = word in source or figure in source or int_word(word, form) in source
            assert known, (case.kind, word)


def int_word(word: str, form: dict[str, int]) -> str:
    named = {str(value): name for name, value in form.items()}
    return named.get(word, {"11": "eleven", "12": "twelve", "0": "zero"}.get(word, "\0"))


def test_broken_code_does_not_parse_and_its_controls_do(material: Material) -> None:
    fence = re.compile(r"```(python|json|yaml|toml|bash)\n(.*?)\n```$", re.DOTALL)
    judged = Counter[tuple[str, bool]]()
    for case in _cases(material, broken_code.CODE, 5):
        found = fence.search(case.row.answer)
        if case.kind == "no such code":
            continue
        assert found is not None
        assert broken_code.parses(found.group(1), found.group(2)) is not case.planted, case.row.answer
        judged[case.kind, case.planted] += 1
    assert len(judged) == 10


def test_too_long_is_past_the_limit_and_its_control_within_it(material: Material) -> None:
    for case in _cases(material, tuple(r for r in damage.LENGTH if r.check == "too_long"), 6):
        assert (material.count([case.row])[0] > material.config.train.max_length) is case.planted


def test_numbers_of_people_carry_valid_check_digits() -> None:
    rng = Random(7)
    for _ in range(50):
        card = re.sub(r"\D", "", numbers.card(rng))
        assert numbers.luhn_digit(card[:-1]) == card[-1]
        iban = numbers.iban(rng).replace(" ", "")
        assert int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
        nir = numbers.fr_nir(rng).replace(" ", "")
        assert (int(nir[:-2]) + int(nir[-2:])) % 97 == 0
        bsn = numbers.nl_bsn(rng)
        assert (sum(w * int(d) for w, d in zip(range(9, 1, -1), bsn[:8], strict=True)) - int(bsn[8])) % 11 == 0
    assert numbers.luhn_digit("7992739871") == "3"
    assert numbers.luhn_digit("424242424242424") == "2"


def test_planted_secrets_are_fresh_and_of_the_shape_of_their_kind() -> None:
    shapes = {
        "aws access key": r"AKIA[A-Z2-7]{16}", "github token": r"ghp_\w{36}", "gitlab token": r"glpat-[\w-]{20}",
        "google api key": r"AIza[\w-]{35}", "stripe key": r"sk_live_\w{24}",
        "json web token": r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}",
    }  # fmt: skip
    for kind, shape in shapes.items():
        made = {credentials.TOKENS[kind](Random(seed)) for seed in range(20)}
        assert len(made) == 20
        assert all(re.fullmatch(shape, token) for token in made), kind


def test_a_paraphrase_keeps_the_subject_and_uses_no_wording_of_the_templates(material: Material) -> None:
    asked = {row.question for row in material.rows}
    reworded = 0
    for row in material.rows:
        question = rephrased(row.question, Random(row.pair_id))
        if question is None:
            continue
        reworded += 1
        assert question not in asked
        assert set(re.findall(r"`[^`]+`", row.question)) == set(re.findall(r"`[^`]+`", question)), question
    assert reworded > len(material.rows) / 2


def test_a_variant_differs_from_its_partner_and_a_repeat_word_for_word_does_not(material: Material) -> None:
    by_id = {row.pair_id: row for row in material.rows}
    for case in _cases(material, repeats.RECIPES, 6):
        assert case.partner is not None
        partner = by_id[case.partner]
        same = (case.row.question, case.row.answer) == (partner.question, partner.answer)
        assert same is (case.kind == "word for word")
        assert case.row.pair_id != partner.pair_id


def test_a_contradiction_asks_the_same_of_the_same_and_answers_otherwise(material: Material) -> None:
    by_id = {row.pair_id: row for row in material.rows}
    kinds = Counter[str]()
    for case in _cases(material, conflicts.RECIPES, 6):
        assert case.partner is not None
        kinds[case.kind] += 1
        if case.planted:
            names = set(re.findall(r"`[^`]+`", by_id[case.partner].question))
            assert names == set(re.findall(r"`[^`]+`", case.row.question))
            assert case.row.answer != by_id[case.partner].answer
        elif case.kind == "other platform":
            assert case.prepared is not None
            assert "Linux" in case.prepared.question
            assert "Linux" not in case.row.question
    assert len(kinds) == 7


def test_a_drift_changes_the_manner_and_leaves_code_alone(material: Material) -> None:
    by_id = {row.pair_id: row for row in material.rows}
    for kind in manners.DRIFTS:
        for case in _cases(material, manners.outliers("style", kind), 6):
            code = re.findall(r"`[^`\n]+`", by_id[case.row.pair_id].answer)
            assert all(each in case.row.answer for each in code) or case.kind in ("a sentence less", "bullets"), (
                case.kind
            )


def test_no_pair_is_used_twice_and_a_flagged_one_is_no_site(material: Material) -> None:
    shut = {row.pair_id for row in material.rows[::2]}
    recipes = people.RECIPES + orders.RECIPES
    cases = draw_cases(material, recipes, 15, Random(1), {"personal_data": shut})
    sites = [case.row.pair_id for case in cases]
    assert len(sites) == len(set(sites)) == 60
    assert not shut & {case.row.pair_id for case in cases if case.check == "personal_data"}
    kinds = Counter(case.kind for case in cases if case.check == "personal_data" and case.planted)
    assert max(kinds.values()) - min(kinds.values()) <= 1
    again = draw_cases(material, recipes, 15, Random(1), {"personal_data": shut})
    assert cases == again


def test_planted_rows_stand_in_place_or_beside_with_their_tokens_counted(material: Material) -> None:
    inside = draw_cases(material, damage.EMPTINESS, 3, Random(2))
    beside = draw_cases(material, conflicts.RECIPES, 3, Random(2))
    assert len(planted_rows(material, inside)) == len(material.rows)
    rows = planted_rows(material, beside)
    assert len(rows) == len(material.rows) + len(beside)
    assert all(row.tokens for row in rows)
    assert [row.pair_id for row in rows] == sorted(row.pair_id for row in rows)


def test_what_is_left_out_rests_on_nothing_that_stays(material: Material) -> None:
    dug, asked = holes.dig_places(material, 3, Random(0))
    gone = {row.pair_id for hole in dug for row in hole.rows}
    left = [row for row in material.rows if row.pair_id not in gone]
    for hole in dug:
        stays = {row.document_id for row in left} | {chunk for row in left for chunk in row.chunk_ids}
        assert hole.subject not in stays
    for hole in asked:
        again = holes.asked_anew(hole, Random(0))
        assert [row.answer for row in again] == [row.answer for row in hole.rows]
        assert not {row.pair_id for row in hole.rows} & gone
    assert {hole.kind for hole in dug} == {"document", "passage"}
    assert {hole.subject for hole in holes.dig_case_types(material.rows)} >= {"what_is", "default"}


def _row(name: str) -> PairRow:
    return PairRow(name, f"What is {name}?", f"{name} is a thing.", "what_is", "t", "template")


def test_counting_gives_precision_against_controls_and_exact_intervals() -> None:
    judged = [Judged(Case("c", "k", True, _row(f"f{at}")), at < 8) for at in range(10)]
    judged += [Judged(Case("c", "z", False, _row(f"c{at}")), at < 2) for at in range(10)]
    made = Tally("c", "c", judged, Share(3, 60)).as_json()
    assert (made["recall"], made["precision"], made["n"], made["flag_rate_untouched"]) == (0.8, 0.8, 20, 0.05)
    found = clopper_pearson(8, 10)
    assert (
        made["recall_interval"] == made["precision_interval"] == [round(found.low or 0, 4), round(found.high or 1, 4)]
    )
    assert made["kinds"] == {"k": [8, 10]}
    assert made["control_kinds"] == {"z": [2, 10]}
    assert len(list(Tally("c", "c", judged, Share(0, 0)).mistakes())) == 4


def test_a_check_that_tells_nothing_has_recall_0_and_no_precision() -> None:
    judged = [Judged(Case("c", "k", planted, _row(f"{planted}")), False) for planted in (True, False)]
    made = Tally("c", "c", judged, Share(0, 0)).as_json()
    assert (made["recall"], made["precision"], made["precision_interval"]) == (0.0, None, None)
    trials = Trials("s", "s", {"a": Share(1, 2), "b": Share(2, 2)}, Share(0, 5)).as_json()
    assert (trials["detected"], trials["n"], trials["false_alarms"], trials["control_sets"]) == (3, 4, 0, 5)


def test_flags_go_out_in_turns_and_come_back_counted(tmp_path: Path) -> None:
    rows = tuple(_row(f"p{at}") for at in range(9))
    findings = [Finding(str(at), "pair", f"p{at}", "many" if at < 8 else "few", "warn", "m") for at in range(9)]
    links = [
        Duplicate("p0", "p1", "near", 0.9, "suggested", "alike"),
        Duplicate("p2", "p3", "near", 0.9, "variant", "n"),
    ]
    flags = choose_flags(Material(rows, {}, Config()), findings, links, 0, 4)
    assert Counter(str(flag["check"]) for flag in flags) == {"many": 2, "few": 1, "near suggested": 1}
    path = tmp_path / "flags.jsonl"
    write_flags(path, [{**flag, "verdict": flag["check"] == "many" or None} for flag in flags])
    made = read_verdicts(path).as_json()
    assert (made["true"], made["n"], made["unmarked"], made["true_share"]) == (2, 2, 2, 1.0)
    path.write_text('{"check": "x", "verdict": "perhaps"}\n')
    with pytest.raises(DataError, match="line 1"):
        read_verdicts(path)


def test_labelled_files_are_read_in_the_shapes_they_come_in(tmp_path: Path) -> None:
    shapes: dict[str, tuple[str, str, list[bool]]] = {
        "text": ("secret", '{"text": "a", "label": 1}\n{"text": "b", "label": "benign"}\n', [True, False]),
        "language": ("wrong_language", '{"text": "a", "label": "de"}\n{"text": "b", "label": "en"}\n', [True, False]),
        "two": ("duplicate_paraphrase", '[{"question1": "a", "question2": "b", "label": true}]', [True]),
        "presidio": (
            "personal_data",
            '[{"full_text": "a", "spans": [{"entity_type": "IBAN_CODE"}]}, {"full_text": "b", "spans": '
            '[{"entity_type": "PERSON"}]}]',
            [True, False],
        ),
        "halueval": (
            "ungrounded",
            '{"knowledge": "k", "question": "q", "right_answer": "r", "hallucinated_answer": "h"}\n',
            [False, True],
        ),
        "clinc": (
            "off_topic",
            '{"test": [["a", "pay"]], "oos_test": [["b", "oos"]], "train": [["c", "pay"]]}',
            [False, True],
        ),
    }
    for name, (check, text, truths) in shapes.items():
        path = tmp_path / f"{name}.json"
        path.write_text(text)
        found = read_labelled(path, check, 0)
        assert [item.positive for item in found.items] == truths, name
        assert all(row.chunk_ids and row.chunk_ids[0] in found.chunks for row in found.rows) is (name == "halueval")
    (tmp_path / "odd.json").write_text('[{"text": "a", "label": "perhaps"}]')
    with pytest.raises(DataError, match="neither yes nor no"):
        read_labelled(tmp_path / "odd.json", "secret", 0)


def test_the_command_makes_its_table_on_a_small_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "kettle.md").write_text(GUIDE)
    (docs / "teapot.md").write_text(GUIDE.replace("ettle", "eapot").replace("1500", "900"))
    arguments = ["calibrate", "docs", "--quick", "--per-check", "2", "--json", "--adjudicate", "flags.jsonl"]
    assert run([*arguments, "--markdown", "page.md", "--misses", "misses.jsonl"]) == 0
    table = json.loads(capsys.readouterr().out)
    names = [row["check"] for row in table]
    assert len(names) == len(set(names))
    for name in ("ungrounded", "secret", "personal_data", "duplicate_near", "variant", "contradiction", "empty"):
        assert name in names
    for row in table:
        if "recall" in row:
            assert {"precision", "precision_interval", "recall_interval", "n", "flag_rate_untouched"} <= set(row)
            assert row["n"] == row["planted"] + row["controls"]
        else:
            assert {"detected", "n"} <= set(row)
    grown = next(row for row in table if row["check"] == "too_long")
    assert grown["caught"] == grown["planted"] > 0
    assert grown["controls_flagged"] == 0
    assert Path("page.md").read_text().startswith("# How often the data checks are right")
    assert all(json.loads(line)["verdict"] is None for line in Path("flags.jsonl").read_text().splitlines())
    assert run(["calibrate", "--adjudicated", "flags.jsonl"]) == 0


def test_a_page_shows_every_row_with_its_interval() -> None:
    judged = [Judged(Case("secret", "k", True, _row(f"f{at}")), True) for at in range(4)]
    table = [
        Tally("secret", "secret", judged, Share(1, 100)).as_json(),
        Trials("style_split", "style_split", {"a": Share(1, 2)}, Share(0, 5)).as_json(),
    ]
    page = render_calibration(
        table, Provenance("tuneproof calibrate", "here", 100, 3, {"Python": "3.11"}, "2026-01-01")
    )
    assert "| `secret` | 1.00 [0.40, 1.00] | 1.00 [0.40, 1.00] | 4 | 1.0% |" in page
    assert "| `style_split` | 1 | 2 |" in page
    assert "2026-01-01" in page


def test_the_published_page_has_the_form_that_the_command_writes() -> None:
    page = (Path(__file__).parents[1] / "CALIBRATION.md").read_text()
    assert page.startswith("# How often the data checks are right")
    assert re.search(r"Made by `tuneproof calibrate[^`]*` on \d{4}-\d\d-\d\d, over [\d,]+ pairs", page)
    rows = re.findall(r"^\| `(\w+)` \| (\d\.\d\d|–)", page, re.MULTILINE)
    assert len(rows) >= 20
