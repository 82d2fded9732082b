"""Pairs: each kind that the templates promise, from text that states it, worded to be understood without the page."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from tuneproof.curate.pairing.docstrings import clean, parse_docstring
from tuneproof.curate.pairing.headings import phrase_of, to_first_person
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.pairing.sentences import finish, split_sentences, stands_alone, with_context
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.readers import read
from tuneproof.curate.reading.sources import discover
from tuneproof.curate.tokens import count_tokens, estimate_tokens
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Document, Pair, Source

MODULES = (
    "argparse", "bisect", "calendar", "cmd", "code", "codeop", "collections", "configparser", "contextlib",
    "dataclasses", "datetime", "difflib", "filecmp", "fileinput", "fnmatch", "fractions", "functools", "getopt",
    "glob", "graphlib", "gzip", "heapq", "ipaddress", "json", "locale", "lzma", "mimetypes", "optparse", "pathlib",
    "pprint", "queue", "random", "sched", "shlex", "shutil", "statistics", "subprocess", "tempfile", "textwrap",
    "threading", "timeit", "trace", "uuid", "zipfile",
)  # fmt: skip

WRAP = '''
"""Text wrapping and filling."""

def wrap(text, width=70, *, strict=None, **extra):
    """Wrap a single paragraph of text, returning a list of lines.

    Lines have at most 'width' columns. The text must not be bytes. By default, tabs
    are expanded.  If *strict* is true, words that are too long stop it. Raises
    ValueError if the width is not positive.

    >>> wrap("a b", 1)
    ['a', 'b']

    Args:
        text: the paragraph to wrap
    """

def fill(text, width=70):
    """Fill a single paragraph of text, returning a new string.

    This is deprecated.  The function fill is deprecated since version 2.
    """

def _hidden():
    """Not for readers of the documentation."""

class Wrapper(Base):
    """Object for wrapping text."""

    def __init__(self, width):
        """Make one for lines of the given width."""

    def go(self, text):
        """Return the wrapped text as one string."""
'''

GUIDE = """---
title: Acme Server
description: How to run the Acme Server in production.
---

Acme is a small server for documents. It speaks HTTP.

# Configure the port

Set the port in the configuration file:

```toml
port = 8080
```

The default port is 8080. The port must be above 1023.

## How do I change it later?

Edit the file and restart Acme.

## Options

| Option | Description | Default |
| --- | --- | --- |
| `port` | The port that the server listens on. | 8080 |

- `--quiet`: say nothing but errors
- `--verbose`: say everything that happens

## Upgrade

1. Stop the server.
2. Install the new version.

# Contents

- [Options](#options)

# Nothing here

See the following:
"""


def document(content: str, name: str, format_name: str, title: str) -> Document:
    raw = content.encode()
    return Document(document_id("s", name), "s", name, format_name, sha256(raw), len(raw), title, content)


def pairs_of(doc: Document, **settings: object) -> list[Pair]:
    return generate_pairs(doc, chunk_document(doc, 500), config.Pairs.model_validate(settings))


@pytest.fixture(scope="module")
def wrap_pairs() -> list[Pair]:
    return pairs_of(document(WRAP, "textwrap.py", "python", "textwrap"))


@pytest.fixture(scope="module")
def guide_pairs() -> list[Pair]:
    return pairs_of(document(GUIDE, "guide.md", "markdown", "Acme Server"))


def answers(pairs: list[Pair], generator: str, about: str = "") -> list[str]:
    return [pair.answer for pair in pairs if pair.generator == generator and about in pair.question]


def test_python_states_what_things_are_and_how_they_are_called(wrap_pairs: list[Pair]) -> None:
    wrap = "`textwrap.wrap`"
    assert answers(wrap_pairs, "python.summary", wrap) == [
        "Wrap a single paragraph of text, returning a list of lines."
    ]
    assert answers(wrap_pairs, "python.signature", wrap) == [
        "Call it as `textwrap.wrap(text, width=70, *, strict=None, **extra)`."
    ]
    assert answers(wrap_pairs, "python.arguments", wrap) == [
        "`textwrap.wrap` accepts `text`, `width` (default `70`), `strict` (default `None`) and any further keyword "
        "arguments (`**extra`)."
    ]
    assert answers(wrap_pairs, "python.default", wrap) == ["The default value of `width` in `textwrap.wrap` is `70`."]
    assert answers(wrap_pairs, "python.returns", "`textwrap.Wrapper.go`") == ["Return the wrapped text as one string."]
    assert answers(wrap_pairs, "python.base") == ["`textwrap.Wrapper` derives from `Base`."]
    assert answers(wrap_pairs, "python.signature", "`textwrap.Wrapper`") == ["Create one with `Wrapper(width)`."]


def test_python_states_facts_of_single_sentences(wrap_pairs: list[Pair]) -> None:
    wrap = "`textwrap.wrap`"
    assert answers(wrap_pairs, "python.raises", wrap) == ["Raises ValueError if the width is not positive."]
    assert answers(wrap_pairs, "python.condition", wrap) == ["If `strict` is true, words that are too long stop it."]
    assert answers(wrap_pairs, "python.default_behaviour", wrap) == ["By default, tabs are expanded."]
    assert answers(wrap_pairs, "python.parameter", wrap) == ["The paragraph to wrap."]
    [limit] = answers(wrap_pairs, "python.limit", wrap)
    assert "The text must not be bytes." in limit
    [deprecation] = answers(wrap_pairs, "python.deprecation", "`textwrap.fill`")
    assert deprecation == "The function fill is deprecated since version 2."


def test_an_example_keeps_its_code_verbatim(wrap_pairs: list[Pair]) -> None:
    assert answers(wrap_pairs, "python.example") == ["```python\n>>> wrap(\"a b\", 1)\n['a', 'b']\n```"]


def test_neighbours_are_compared_and_the_pair_rests_on_both_chunks(wrap_pairs: list[Pair]) -> None:
    doc = document(
        'def load(x):\n    "Read one object."\n\ndef loads(x):\n    "Read one object from text."\n',
        "m.py",
        "python",
        "m",
    )
    [pair] = [pair for pair in pairs_of(doc) if pair.case_type == "comparison"]
    assert len(pair.chunk_ids) == 2
    assert pair.answer == "`m.load`: Read one object.\n`m.loads`: Read one object from text."
    assert [pair.chunk_ids for pair in wrap_pairs if pair.generator == "python.members"]


def test_private_definitions_are_not_asked_about(wrap_pairs: list[Pair]) -> None:
    assert not [pair for pair in wrap_pairs if "_hidden" in pair.question]


def test_a_page_is_asked_by_headings_examples_tables_and_sentences(guide_pairs: list[Pair]) -> None:
    found = {pair.generator: pair for pair in guide_pairs}
    assert found["prose.description"].answer == "How to run the Acme Server in production."
    assert found["prose.task"].case_type == "how_to"
    assert "configure the port" in found["prose.task"].question
    assert "port = 8080" in found["prose.task"].answer
    assert found["prose.question"].question.startswith("How do I change it later")
    assert found["prose.question"].answer == "Edit the file and restart Acme."
    assert found["prose.example"].answer == "Set the port in the configuration file:\n\n```toml\nport = 8080\n```"
    assert answers(guide_pairs, "prose.row", "`port`") == ["The port that the server listens on."]
    assert answers(guide_pairs, "prose.cell", "`port`") == ["The default of `port` is `8080`."]
    assert sorted(answers(guide_pairs, "prose.entry")) == ["Say everything that happens.", "Say nothing but errors."]
    assert found["prose.steps"].case_type == "multi_step"
    assert found["prose.steps"].answer == "1. Stop the server.\n2. Install the new version."
    assert answers(guide_pairs, "prose.definition") == ["Acme is a small server for documents."]
    assert answers(guide_pairs, "prose.default", "port") == ["The default port is 8080."]


def test_questions_name_their_page(guide_pairs: list[Pair]) -> None:
    nameless = [pair.question for pair in guide_pairs if "acme" not in pair.question.lower()]
    assert nameless == []


def test_nothing_is_asked_of_contents_or_of_what_points_elsewhere(guide_pairs: list[Pair]) -> None:
    for pair in guide_pairs:
        assert "following" not in pair.answer
        assert "Contents" not in pair.question


def test_plain_text_yields_pairs_too() -> None:
    text = (
        "Acme guide\n\nThe cache is a folder that keeps every answer. If the cache is full, old answers are dropped.\n"
    )
    kinds = {pair.generator for pair in pairs_of(document(text, "a.txt", "text", "Acme guide"))}
    assert {"prose.definition", "prose.condition"} <= kinds


def test_pairs_are_the_same_every_time_and_survive_a_move() -> None:
    before = pairs_of(document(WRAP, "textwrap.py", "python", "textwrap"))
    assert before == pairs_of(document(WRAP, "textwrap.py", "python", "textwrap"))
    moved = pairs_of(document("\n# A comment above.\n" + WRAP + "\n\nlast = 1\n", "textwrap.py", "python", "textwrap"))
    assert {pair.pair_id for pair in before} == {pair.pair_id for pair in moved}


def test_no_answer_is_longer_than_the_setting_allows() -> None:
    for limit in (40, 120, 600):
        for pair in pairs_of(document(GUIDE, "guide.md", "markdown", "Acme Server"), max_answer_chars=limit):
            assert len(pair.answer) <= limit
            assert pair.answer.count("```") % 2 == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", 3),
        ("Use e.g. This one. Then stop.", 2),
        ("Version 3.11 is fine. So is 4.", 2),
        ("Return (a. B) now.", 1),
        ('He said "stop." Then he left.', 2),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, parts: int) -> None:
    assert len(split_sentences(text)) in (parts, parts + (text.count("(a. B)")))


def test_a_sentence_that_leans_back_brings_what_it_leans_on() -> None:
    sentences = ["The cache is full.", "This stops the build.", "Then it waits."]
    assert not stands_alone(sentences[1])
    assert with_context(sentences, 1, 200) == "The cache is full. This stops the build."
    assert with_context(sentences, 2, 200) is None
    assert with_context(sentences, 1, 20) is None


@pytest.mark.parametrize("text", ["See the list:", "an open (bracket", "word", "one,", "use `code"])
def test_fragments_are_no_answers(text: str) -> None:
    assert finish(text) is None


def test_docstrings_of_every_habit_give_their_parameters() -> None:
    texts = {
        "Google.\n\nArgs:\n    size (int): how large\n        it is\n    name: what\n": {
            "size": "how large it is",
            "name": "what",
        },
        "Sphinx.\n\n:param int size: how large\n:param name: what\n": {"size": "how large", "name": "what"},
        "NumPy.\n\nParameters\n----------\nsize : int\n    how large\nname : str\n    what\n": {
            "size": "how large",
            "name": "what",
        },
        "Dashes.\n\nKeyword Arguments:\n    - size -- how large\n    - name -- what\n": {
            "size": "how large",
            "name": "what",
        },
        'Defaults.\n\n  size (default: 70)\n    how large\n  name (default: "")\n    what\n': {
            "size": "how large",
            "name": "what",
        },
    }
    for text, expected in texts.items():
        doc = parse_docstring(text, frozenset({"size", "name"}))
        assert {each.name: each.text for each in doc.fields} == expected, text


def test_marks_of_restructured_text_become_backticks() -> None:
    assert (
        clean(":class:`~pkg.Thing` takes ``x`` and *y*,\n  but *not* `z'.")
        == "`pkg.Thing` takes `x` and `y`, but not `z`."
    )


@pytest.mark.parametrize(
    ("heading", "phrase"),
    [
        ("How can I upgrade?", "question"),
        ("How to upgrade", "order"),
        ("Set the context length", "order"),
        ("Release notes", "noun"),
        ("Use cases", "noun"),
        ("Building from source", "gerund"),
        ("Table of contents", "empty"),
        ("Error messages", "noun"),
    ],
)
def test_headings_are_told_apart(heading: str, phrase: str) -> None:
    assert phrase_of(heading) == phrase


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("if you are on your own machine", "if I am on my own machine"),
        ("if a cloud model asks you to sign in", "if a cloud model asks me to sign in"),
        ("a tool that lets you run your models", "a tool that lets me run my models"),
        ("when it tells you that you need a key", "when it tells me that I need a key"),
        ("the requests you send, and what is best for you", "the requests I send, and what is best for me"),
        ("before you begin, if you're new", "before I begin, if I'm new"),
        ("if you were asked for yours", "if I was asked for mine"),
    ],
)
def test_what_is_said_to_the_reader_is_asked_by_the_reader(said: str, asked: str) -> None:
    assert to_first_person(said) == asked


@pytest.fixture(scope="module")
def library() -> tuple[float, dict[str, list[Pair]]]:
    started = time.process_time()
    found: dict[str, list[Pair]] = {}
    for name in MODULES:
        for file in discover(Source(name, f"python:{name}"), config.Sources()):
            if file.skipped is None:
                found.setdefault(name, []).extend(pairs_of(read(name, file)))
    return time.process_time() - started, found


def test_44_modules_of_the_standard_library_take_less_than_five_seconds(
    library: tuple[float, dict[str, list[Pair]]],
) -> None:
    seconds, found = library
    assert len(found) == 44
    assert seconds < 5


def test_the_standard_library_yields_thousands_of_pairs_of_many_kinds(
    library: tuple[float, dict[str, list[Pair]]],
) -> None:
    pairs = [pair for found in library[1].values() for pair in found]
    assert 1500 <= len(pairs) <= 5000
    assert min(len(found) for found in library[1].values()) >= 12
    assert len({pair.pair_id for pair in pairs}) == len(pairs)
    generators = Counter(pair.generator for pair in pairs)
    assert max(generators.values()) < 0.30 * len(pairs)
    # As a reader hears them: the name that is asked about is no part of the opening.
    openers = Counter(" ".join(re.sub(r"`[^`]*`", "X", pair.question).split()[:3]).lower() for pair in pairs)
    assert max(openers.values()) < 0.15 * len(pairs)
    cases = {pair.case_type for pair in pairs}
    assert {"how_to", "what_is", "parameter", "default", "limit", "error", "comparison", "negation"} <= cases
    assert {"false_premise", "unanswerable"} <= cases


def test_answers_of_the_standard_library_are_whole_and_grounded(
    library: tuple[float, dict[str, list[Pair]]],
) -> None:
    for pair in (pair for found in library[1].values() for pair in found):
        assert len(pair.answer.split()) >= 2
        assert pair.answer.endswith((".", "!", "?", "```", ".)", '."', ".'", "!'", '?"', "`.")) or "`:" in pair.answer
        assert "the following" not in pair.answer.lower()
        assert pair.question.endswith(("?", "."))
        assert not re.search(r"\bthis (?:function|method|class|module)\b", pair.question)


def test_tokens_are_counted_by_the_bases_own_tokenizer(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(2)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert count_tokens(["a b a", "", "b"] * 700, tmp_path) == [3, 0, 1] * 700
    assert estimate_tokens("seven b") == 2


def test_a_base_without_tokenizer_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no tokenizer"):
        count_tokens(["a"], tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="is no tokenizer"):
        count_tokens(["a"], tmp_path)
