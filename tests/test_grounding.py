"""What an answer says and its source does not is listed; what both say, however written, is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tuneproof.curate.checking.grounding import find_ungrounded
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Finding

SOURCE = r"""
### Keeping models loaded

A model stays in memory for 5 minutes (`keep_alive`) and at most 1,024 requests are queued, i.e. `OLLAMA\_MAX\_QUEUE`.
Set `OLLAMA_HOST` to `0.0.0.0:11434`, or run `ollama serve --num-ctx 8192`. Two parallel slots need 4GB each.
Since version 0.5.1 the log is written to `~/.ollama/logs/server.log`; see https://docs.ollama.com/faq.
It raises `KeyError` if `config.load_file()` finds no "model name" &amp; no tag; the page says “not found”.
```python
client.generate(model="llama3.2:1b", keep_alive=-1, options={"top_p": 0.80})
```
"""
CHUNK = ChunkText("c", "d", "section", ("FAQ", "Keeping models loaded"), SOURCE, "ollama", "docs/faq.mdx", "mdx")
ROW = PairRow("p", "How long does a model stay?", "", "what_is", "llm", "llm", chunk_ids=("c",))


def found(answer: str, **values: object) -> Finding | None:
    row = replace(ROW, answer=answer, **values)  # type: ignore[arg-type]
    return next(iter(find_ungrounded(CheckInputs([row], {"c": CHUNK}))), None)


def listed(answer: str, **values: object) -> list[str]:
    finding = found(answer, **values)
    evidence = finding.evidence["ungrounded"] if finding else []
    assert isinstance(evidence, list)
    return [each["text"] for each in evidence]


@pytest.mark.parametrize(
    "answer",
    [
        "It stays for **5 minutes**.",
        "It stays for five minutes, and 1024 requests are queued.",
        "At most 1 024 requests wait.",
        "Set OLLAMA_MAX_QUEUE, or `OLLAMA_HOST` to `0.0.0.0:11434`.",
        "Pass --num-ctx 8192 to `ollama serve`.",
        "You need 4 GB for each of 2 slots.",
        "Since v0.5.1 the log is in ~/.ollama/logs/server.log.",
        "See [the FAQ](https://docs.ollama.com/faq).",
        "It raises KeyError when config.load_file() finds no ‘model name’ & no tag.",
        'The page says "not found".',
        '```python\nclient.generate(model="llama3.2:1b", options={"top_p": 0.8})\n```',
        "Use `keep_alive=-1` in `client.generate`.",
        "1. Set the host.\n2. Start the server.\n3. Ask `llama3.2:1b`.",
        "Do this e.g. with 'top_p'.",
        "It is 2 + 2 = 4, as everybody knows.",
        "Keeping models loaded is described in faq.mdx.",
    ],
)
def test_what_the_source_says_in_another_form_is_grounded(answer: str) -> None:
    assert listed(answer) == []


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("It stays for 15 minutes.", "15 minutes"),
        ("It stays for 5 seconds.", "5 seconds"),
        ("It stays for seven minutes.", "seven"),
        ("At most 1,042 requests are queued.", "1,042"),
        ("Set OLLAMA_MAX_WAIT.", "OLLAMA_MAX_WAIT"),
        ("Pass --num-context 8192.", "--num-context"),
        ("Pass --num 8192.", "--num"),
        ("Since v0.5.2 there is a log.", "v0.5.2"),
        ("The log is in ~/.ollama/log/server.txt.", "~/.ollama/log/server.txt"),
        ("See https://docs.ollama.com/api for more.", "https://docs.ollama.com/api"),
        ("It raises ValueError.", "ValueError"),
        ("Call `config.load_files()`.", "load_files"),
        ("Use the field `keep_loaded`.", "keep_loaded"),
        ('The page says "not here".', "not here"),
        ("Ask `llama3.3:1b`.", "llama3.3"),
        ("Set `top_p` to 0.85.", "0.85"),
        ("```python\n# waits 30 seconds\nclient.generate()\n```", "30 seconds"),
        ("It was written in Rust by Ada Lovelace.", "Ada Lovelace"),
    ],
)
def test_what_the_source_does_not_say_is_listed(answer: str, missing: str) -> None:
    assert missing in listed(answer)


def test_a_finding_says_where_each_fact_stands_and_how_many_there_are() -> None:
    answer = "It stays for 5 minutes, then `OLLAMA_RETRY` waits 47 seconds."
    finding = found(answer)
    assert finding is not None
    assert (finding.check_name, finding.severity) == ("ungrounded", "warn")
    places = finding.evidence["ungrounded"]
    assert isinstance(places, list)
    assert [answer[each["start"] : each["end"]] for each in places] == ["OLLAMA_RETRY", "47 seconds"]
    assert finding.evidence["facts"] == 3
    assert finding.score == pytest.approx(1 / 3)


def test_a_question_is_no_source_but_may_be_denied() -> None:
    asked = {"question": "How do I use the flag --turbo of the server?"}
    assert listed("Pass --turbo when you start it.", **asked) == ["--turbo"]
    assert listed("There is no flag --turbo.", **asked) == []
    assert listed("It has no such flag. Pass --turbo anyway.", **asked) == ["--turbo"]


def test_the_title_of_a_page_that_the_pair_names_is_grounded() -> None:
    answer = 'The documentation has "Queue limits" in "Setup on Debian 12" or "Windows Server". Which one do you mean?'
    texts = {"c": ("linux.md", "Setup on Debian 12"), "d": ("win.md", "Windows Server")}
    row = replace(ROW, answer=answer, chunk_ids=tuple(texts))

    def missing(*, titled: bool) -> list[Finding]:
        chunks = {
            key: ChunkText(
                key, key, "section", ("Queue limits",), "It is strict.", "s", path, "markdown", title * titled
            )
            for key, (path, title) in texts.items()
        }
        return list(find_ungrounded(CheckInputs([row], chunks)))

    assert missing(titled=True) == []
    assert [one.check_name for one in missing(titled=False)] == ["ungrounded"]


def test_pairs_without_chunks_are_passed_over() -> None:
    row = replace(ROW, answer="It waits 99 seconds.", chunk_ids=())
    assert list(find_ungrounded(CheckInputs([row], {"c": CHUNK}))) == []


def test_a_docstring_grounds_its_signature_and_its_escapes() -> None:
    text = 'def dump(obj, fp, *, skipkeys=False, indent=None):\n    """Write ``obj`` as *JSON* to ``fp``.\\n"""'
    chunk = ChunkText("c", "d", "function", ("json", "dump"), text, "json", "__init__.py", "python")
    for answer, grounded in (
        ("Call it as `json.dump(obj, fp, *, skipkeys=False, indent=None)`.", True),
        ("The default of `skipkeys` in `json.dump` is `False`.", True),
        ("The default of `skipkeys` in `json.dump` is `True`.", False),
        ("Call `json.dumps(obj)`.", False),
    ):
        row = replace(ROW, answer=answer)
        assert bool(list(find_ungrounded(CheckInputs([row], {"c": chunk})))) is not grounded, answer
