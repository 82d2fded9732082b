"""Pairs that exist already: every shape is told by its keys, bad lines are named, conversations stay whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tuneproof.curate.pairing.imports import case_of, import_pairs
from tuneproof.curate.reading.readers import read
from tuneproof.curate.reading.sources import discover
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.records import Document, Source
from tuneproof.datasets.workspace.snapshots import newest
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.train.rows import conversations
from tuneproof.tui.cli import run

SHAPES = (
    {"messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who are you?"},
        {"role": "assistant", "content": "A kettle."}, {"role": "user", "content": "What is the default temperature?"},
        {"role": "assistant", "content": [{"type": "text", "text": "It is 96 degrees."}]}]},
    {"conversations": [
        {"from": "human", "value": "How do I clean the lid?"}, {"from": "gpt", "value": "With a cloth."}],
     "system": "You know kettles."},
    {"instruction": "Name the maximum volume.", "input": "Kettle 3", "output": "It is 1.7 litres.",
     "system": "Answer in litres.", "history": [["Is it large?", "Rather."]]},
    {"question": "Which button starts it?", "answer": "The left one."},
    {"prompt": [{"role": "user", "content": "What is the cord for?"}],
     "completion": [{"role": "assistant", "content": "For power."}]},
    {"prompt": "Does it whistle?", "response": "It does.", "case_type": "ambiguous"},
)  # fmt: skip


def document(folder: Path, lines: list[object], raw: bytes | None = None) -> Document:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "pairs.jsonl").write_bytes(text.encode() if raw is None else raw)
    [file] = discover(Source("s", str(folder / "pairs.jsonl")), config.Sources())
    assert file.skipped is None
    return read("s", file)


def test_every_shape_is_told_by_its_keys_in_one_file(tmp_path: Path) -> None:
    found = import_pairs(document(tmp_path, list(SHAPES)))
    assert not found.rejected
    assert [(pair.generator, pair.question, pair.answer) for pair in found.pairs] == [
        ("import.messages", "What is the default temperature?", "It is 96 degrees."),
        ("import.sharegpt", "How do I clean the lid?", "With a cloth."),
        ("import.alpaca", "Name the maximum volume.\n\nKettle 3", "It is 1.7 litres."),
        ("import.question", "Which button starts it?", "The left one."),
        ("import.prompt", "What is the cord for?", "For power."),
        ("import.prompt", "Does it whistle?", "It does."),
    ]
    assert [pair.system for pair in found.pairs] == [
        "Be brief.",
        "You know kettles.",
        "Answer in litres.",
        None,
        None,
        None,
    ]
    assert found.pairs[0].history == (("user", "Who are you?"), ("assistant", "A kettle."))
    assert found.pairs[2].history == (("user", "Is it large?"), ("assistant", "Rather."))
    assert [pair.case_type for pair in found.pairs] == ["default", "how_to", "limit", "what_is", "what_is", "ambiguous"]
    assert all(pair.origin == "import" and pair.chunk_ids == () for pair in found.pairs)
    assert [pair.line for pair in found.pairs] == [1, 2, 3, 4, 5, 6]


def test_bad_lines_are_named_with_their_reason_and_the_good_ones_kept(tmp_path: Path) -> None:
    def said(*turns: tuple[str, object]) -> dict[str, object]:
        return {"messages": [{"role": role, "content": text} for role, text in turns]}

    bad: list[tuple[object, str]] = [
        ("nonsense", "no valid JSON"),
        ('{"question": "cut off', "no valid JSON"),
        ([1, 2], "no JSON object"),
        ({"text": "plain"}, "no keys that are known"),
        (said(("user", "Who?")), "does not end with an answer"),
        (said(), "holds no turn"),
        (said(("assistant", "Hello")), "turn 1 is the assistant's"),
        (said(("user", "a"), ("user", "b"), ("assistant", "c")), "turn 2 is the user's"),
        (said(("user", "a"), ("assistant", " ")), "turn 2 is empty"),
        (said(("user", "a"), ("tool", "b")), "role 'tool'"),
        (said(("user", "a"), ("assistant", None)), "turn 2 is no text"),
        (said(("user", [{"type": "image_url"}]), ("assistant", "b")), "something besides text"),
        ({"messages": "hello"}, "messages is no list"),
        ({"question": 3, "answer": "b"}, "question is no text"),
        ('{"question": "\\ud800", "answer": "b"}', "half a character"),
        ("[" * 100_000, "no valid JSON"),
        ({"instruction": "a", "output": "b", "history": 5}, "history is no list"),
    ]
    good = {"question": "Which button?", "answer": "The left one."}
    found = import_pairs(document(tmp_path, [good, *(line for line, _ in bad), "", good]))
    assert len(found.rejected) == len(bad)
    for number, ((_, words), reason) in enumerate(zip(bad, found.rejected, strict=True), 2):
        assert reason.startswith(f"line {number}: ")
        assert words in reason
    assert [pair.line for pair in found.pairs] == [1, len(bad) + 3]


def test_one_line_in_another_encoding_costs_only_itself(tmp_path: Path) -> None:
    line = b'{"question": "What is caf\xe9?", "answer": "A drink."}\n'
    found = import_pairs(document(tmp_path, [], b"\xef\xbb\xbf" + line.replace(b"\xe9", "é".encode()) + line))
    assert [pair.question for pair in found.pairs] == ["What is café?"]
    assert "line 2: not valid UTF-8" in found.rejected[0]


def test_a_pair_keeps_its_id_when_its_line_moves_and_equal_lines_are_two_pairs(tmp_path: Path) -> None:
    one, two = {"question": "a b?", "answer": "c d."}, {"question": "e f?", "answer": "g h."}
    first = [pair.pair_id for pair in import_pairs(document(tmp_path, [one, two])).pairs]
    moved = [pair.pair_id for pair in import_pairs(document(tmp_path, ["", two, one])).pairs]
    assert moved == first[::-1]
    twice = [pair.pair_id for pair in import_pairs(document(tmp_path, [one, one])).pairs]
    assert len(set(twice)) == 2
    system = import_pairs(document(tmp_path, [{"instruction": "a b?", "output": "c d.", "system": "x"}])).pairs[0]
    assert system.pair_id not in first


def test_no_value_of_any_key_costs_the_other_lines(tmp_path: Path) -> None:
    keys = ("messages", "conversations", "instruction", "input", "output", "system", "history", "question", "answer",
            "prompt", "completion", "response", "case_type")  # fmt: skip
    values: tuple[object, ...] = (
        None, True, 0, -1.5, "", "text", [], [[]], [["a"]], [{}], [{"role": 3}], [{"role": "user"}], {}, {"a": []},
        [{"role": "user", "content": {}}], [None], 10**400,
    )  # fmt: skip
    lines: list[object] = []
    for key in keys:
        for value in values:
            lines += [{**shape, key: value} for shape in SHAPES]
    good = {"question": "Which button?", "answer": "The left one."}
    found = import_pairs(document(tmp_path, [*lines, good]))
    assert found.pairs[-1].answer == "The left one."
    assert len(found.pairs) + len(found.rejected) == len(lines) + 1
    assert len(found.rejected) > 100


@pytest.mark.parametrize(
    ("question", "case"),
    [
        ("How do I start it?", "how_to"), ("What is the default port?", "default"), ("What is it?", "what_is"),
        ("What is the maximum size?", "limit"), ("What error does it raise?", "error"),
        ("What is the difference between a and b?", "comparison"), ("Is `x` deprecated?", "deprecation"),
    ],
)  # fmt: skip
def test_a_question_says_what_case_it_is(question: str, case: str) -> None:
    assert case_of(question) == case


def test_an_imported_conversation_reaches_snapshot_items_and_training_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subjects = ("lid", "cord", "base", "spout", "handle", "filter", "switch", "lamp", "feet", "gauge", "plug", "seal")
    lines: list[object] = [
        {"messages": [
            {"role": "system", "content": f"You know the {name}."}, {"role": "user", "content": f"Is the {name} new?"},
            {"role": "assistant", "content": f"The {name} is."},
            {"role": "user", "content": f"What is the {name} of it for?"},
            {"role": "assistant", "content": f"The {name} does job number {at} of the whole kettle."}]}
        for at, name in enumerate(subjects)
    ]  # fmt: skip
    document(tmp_path, [*lines, "nonsense"])
    workspace = Workspace.init(
        tmp_path / "ws", '[pairs]\nsystem_prompt = "Answer."\n[policy.data]\nfail_under_pairs = 1\n'
    )
    monkeypatch.chdir(workspace.root)
    assert run(["add", "../pairs.jsonl"]) == 0
    assert run(["build"]) == 0
    assert "pairs.jsonl/pairs.jsonl: line 13: no valid JSON" in capsys.readouterr().err
    run(["gate"])
    with workspace.read() as connection:
        snapshot = newest(connection, workspace.root)
        [(messages, chunk)] = connection.execute(
            "SELECT messages, chunk_id FROM pairs WHERE question LIKE '%lid%'"
        ).fetchall()
    expected = json.loads(json.dumps(lines[0]))["messages"]
    assert json.loads(messages) == expected
    assert chunk is None
    assert sum(snapshot.counts.values()) == len(subjects)
    assert snapshot.counts["test"] > 0
    rows = [row for split in ("train", "validation", "test") for row in snapshot.rows(split)]
    assert expected in rows
    trained = conversations(snapshot, "train")[0]
    assert trained.prompt + trained.completion == snapshot.rows("train")[0]
    assert [len(item.history) for item in snapshot.items()] == [2] * len(snapshot.items())
    assert all(item.system and item.system.startswith("You know the") for item in snapshot.items())
