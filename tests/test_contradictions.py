"""Statements that can't both be true are found, and what only looks like one is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tuneproof.curate.checking.inputs import ChunkText
from tuneproof.curate.likeness.conflicts import answers_conflict
from tuneproof.curate.likeness.contradictions import document_contradictions, pair_contradictions
from tuneproof.curate.likeness.duplicates import repeats
from tuneproof.curate.likeness.statements import statement, statements
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Finding

TWINS = [
    # question, answer, one that contradicts it, the kind, one that does not
    ("What is the default timeout?", "The default is 5 seconds.", "The default is 10 seconds.", "default",
     "The default is five seconds."),
    ("How long does the client wait?", "It gives up after 1000 ms.", "It gives up after 2 seconds.", "number",
     "It gives up after one second."),
    ("Which port is used?", "It listens on port 8080.", "It listens on port 8000.", "number",
     "It listens on port 8080. Set another with `--port`."),
    ("Does `open` create the file?", "`open` creates the file.", "`open` does not create the file.", "negation",
     "`open` creates the file. It does not lock it."),
    ("Is the cache thread safe?", "Yes, it is thread safe.", "No, it is not thread safe.", "negation",
     "Yes, it is thread safe: a lock guards it."),
    ("What is the default of `indent`?", "`None`", "`4`", "default", "`None`, which means the shortest form."),
    ("What is the default of `strict`?", "The default value of `strict` is `True`.",
     "The default value of `strict` is `False`.", "default", "It is `True`."),
    ("Which release added it?", "Added in version 3.8.", "Added in version 3.11.", "version", "New in version 3.8."),
    ("When is the hook called?", "The hook runs before the request is sent.",
     "The hook runs after the request is sent.", "antonym", "Before the request is sent, the hook runs."),
    ("Is a tuple faster?", "A tuple is faster than a list.", "A list is faster than a tuple.", "direction",
     "A tuple is much faster than a list."),
    ("Is debug mode on?", "Debug mode is enabled by default.", "Debug mode is disabled by default.", "default",
     "By default, debug mode is enabled."),
    ("Is the argument required?", "The argument is required.", "The argument is optional.", "antonym",
     "The argument is not optional."),
    ("May it be called twice?", "It may be called twice.", "It must not be called twice.", "negation",
     "It may be called twice or more."),
    ("What happens to logs?", "Logs are kept for 30 days and then deleted.",
     "Logs are kept for 90 days and then deleted. They can be exported.", "number",
     "Logs are deleted once 30 days are over."),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "wrong", "kind", "right"), TWINS)
def test_a_contradiction_is_told_from_its_benign_twin(
    question: str, answer: str, wrong: str, kind: str, right: str
) -> None:
    for left, other in ((answer, wrong), (wrong, answer)):
        found = answers_conflict(left, other, question)
        assert found is not None
        assert found.kind == kind
    assert answers_conflict(answer, right, question) is None
    assert answers_conflict(right, answer, question) is None
    rows = [row("a", question, answer), row("b", question, wrong)]
    assert [one.state for one in repeats(rows, same()).duplicates] == ["contradiction"]
    assert all(one.state != "contradiction" for one in repeats([rows[0], row("b", question, right)]).duplicates)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("On Windows the limit is 10.", "On Linux the limit is 20."),
        ("`a` defaults to 5.", "`b` defaults to 6."),
        ("If `x` is true, the limit is 5.", "If `x` is false, the limit is 6."),
        ("The limit for free accounts is 10.", "The limit for paid accounts is 100."),
        ("Valid values are 1, 2 and 3.", "Valid values are 1, 2, 3 and 4."),
        ("For example, 5 gives 25.", "For example, 6 gives 36."),
        ("A lock that is not reentrant.", "A non-reentrant lock."),
        ("Returns None.", "Returns nothing."),
        ("Raises `ValueError` if negative.", "Raises `TypeError` if it is no number."),
        ("If the file is there, it is read.", "It is read if the file is there."),
        ("Files of 5 MB at most.", "The archive was made in 1998 by 3 people."),
    ],
)
def test_two_cases_two_things_and_two_wordings_are_no_contradiction(left: str, right: str) -> None:
    assert answers_conflict(left, right, "What is said of it?") is None
    assert answers_conflict(right, left, "What is said of it?") is None


def row(pair_id: str, question: str, answer: str, **changes: object) -> PairRow:
    made = PairRow(pair_id, question, answer, "what_is", "import", "import")
    return replace(made, **changes)  # type: ignore[arg-type]


def same() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array([[1, 0], [1, 0]], dtype=np.float32)


def test_a_reworded_question_with_another_number_is_found_and_shown_with_both_sources() -> None:
    rows = [
        row("a", "What is the default timeout of `fetch`?", "`fetch` gives up after 5 seconds by default.",
            origin="template", source="docs", path="a.md", section="Timeouts"),
        row("b", "Tell me the default timeout of `fetch`.", "`fetch` gives up after 30 seconds by default."),
    ]  # fmt: skip
    found = repeats(rows, same())
    assert [one.state for one in found.duplicates] == ["contradiction"]
    findings = list(pair_contradictions(rows, found.links))
    assert [(one.subject_id, one.check_name, one.severity) for one in findings] == [("b", "contradiction", "warn")]
    evidence = findings[0].evidence
    assert (evidence["other"], evidence["kind"], evidence["values"]) == ("a", "default", ["30 s", "5 s"])
    assert evidence["sources"] == ["imported", "docs/a.md # Timeouts"]


def test_code_and_directives_state_nothing() -> None:
    text = "Intro with `x`.\n\n```\nlimit = 5\n```\n\n{* include.py hl[4] *}\n\n| key | value |\n|---|---|\n| `a` | 5 |"
    assert [one.text for one in statements(text)] == ["Intro with `x`.", "key | value", "`a` | 5"]
    assert statement("The default value of `strict` is `True`.").default == "true"


def chunk(source: str, path: str, text: str, *headings: str) -> ChunkText:
    return ChunkText(f"{source}/{path}", f"{source}:{path}", "prose", headings, text, source, path)


def found_in(*chunks: ChunkText) -> list[Finding]:
    return list(document_contradictions(chunks))


FILLER = " Every setting is read once, when the program starts."


def test_two_versions_of_a_page_contradict_each_other_where_a_value_changed() -> None:
    findings = found_in(
        chunk("v1", "gpu.md", f"The card needs driver version 531 or newer.{FILLER}", "GPU", "Cards"),
        chunk("v2", "gpu.md", f"The card needs driver version 550 or newer.{FILLER}", "GPU", "Cards"),
    )
    assert len(findings) == 1
    evidence = findings[0].evidence
    assert (evidence["kind"], evidence["values"]) == ("version", ["531", "550"])
    assert evidence["sources"] == ["v1/gpu.md # GPU > Cards", "v2/gpu.md # GPU > Cards"]


def test_one_flag_with_two_defaults_in_two_documents_is_found() -> None:
    said = "`--keep-alive` sets how long the model stays loaded; the default is {}."
    findings = found_in(
        chunk("docs", "cli.md", said.format("5 minutes"), "Command line"),
        chunk("docs", "faq.md", said.format("10 minutes"), "Questions"),
    )
    assert [one.evidence["kind"] for one in findings] == ["default"]
    assert found_in(
        chunk("docs", "cli.md", said.format("5 minutes"), "Command line"),
        chunk("docs", "faq.md", said.format("300 s"), "Questions"),
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("left", "right", "headings"),
    [
        # Another thing with the same shape, another place, and a page that tells two cases apart.
        ("The default is 5.", "The default is 10.", (("`retries`",), ("`timeout`",))),
        ("The limit of the request is 5 MB.", "The limit of the request is 9 MB.", (("Upload",), ("Download",))),
        ("On Windows the buffer holds 5 lines.", "On Linux the buffer holds 9 lines.", (("Buffer",), ("Buffer",))),
        ("`--size` is 5 by default. `--size` is 9 by default.", "`--size` is 9 by default.", (("A",), ("A",))),
    ],
)
def test_other_documents_with_the_same_shape_do_not_contradict(
    left: str, right: str, headings: tuple[tuple[str], tuple[str]]
) -> None:
    assert found_in(chunk("docs", "a.md", left, *headings[0]), chunk("docs", "b.md", right, *headings[1])) == []


def test_a_release_of_a_model_is_a_name_and_no_number() -> None:
    said = "`{}` is made for reasoning, coding and visual understanding; it needs {} GB."
    assert answers_conflict(said.format("qwen3.6", 24), said.format("qwen3.5", 11), "What is recommended?") is None
    assert answers_conflict("Use gpt-4 for that.", "Use gpt-5 for that.", "Which one?") is None


@pytest.mark.parametrize(
    ("heading", "said", "other", "denied"),
    [
        (
            "WorkerPool",
            "The `WorkerPool` class is thread-safe.",
            "Concurrency",
            "The `WorkerPool` class is not thread-safe.",
        ),
        (
            "Caching",
            "The parser caches compiled templates.",
            "Templates",
            "Compiled templates are never cached by the parser.",
        ),
        (
            "Pool",
            "The pool keeps at most 10 connections open.",
            "Limits",
            "No more than 20 connections are kept open by the pool.",
        ),
        (
            "--timeout",
            "`--timeout` says how long to wait, 30 seconds by default.",
            "Client",
            "The default of `--timeout` is 60 seconds.",
        ),
        ("read_rows", "`read_rows()` returns an iterator.", "Reading", "`read_rows()` does not return an iterator."),
    ],
)
def test_documents_are_aligned_by_what_they_speak_of_and_not_by_whole_sentences(
    heading: str, said: str, other: str, denied: str
) -> None:
    def found(second: str, under: str) -> list[Finding]:
        chunks = [
            ChunkText("a", "one", "section", ("Guide", heading), said, path="guide.md"),
            ChunkText("b", "two", "section", ("Reference", under), second, path="reference.md"),
        ]
        return list(document_contradictions(chunks))

    assert len(found(denied, other)) == 1
    assert found(said, other) == []
    # Under the name of another thing the same words are said of that.
    assert found(denied.replace("parser", "lexer").replace("pool", "stack").replace("`", ""), "other_thing()") == []


@pytest.mark.parametrize(
    "denial",
    [
        "The parser fails to strip trailing whitespace.",
        "At no point does the parser strip trailing whitespace.",
        "It is not true that the parser strips trailing whitespace.",
        "No trailing whitespace is stripped by the parser.",
        "The parser leaves trailing whitespace unstripped.",
        "The parser is incapable of stripping trailing whitespace.",
    ],
)
def test_a_denial_in_other_words_is_a_denial(denial: str) -> None:
    said = "The parser strips trailing whitespace."
    found = answers_conflict(said, denial, "What does the parser do with trailing whitespace?")
    assert found is not None
    assert found.kind == "negation"
    agreed = "Trailing whitespace is stripped by the parser."
    assert answers_conflict(said, agreed, "What does the parser do with trailing whitespace?") is None
