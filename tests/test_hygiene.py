"""Answers that stop short, code that can't be read, misread text, other languages, other topics, beside good twins."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tuneproof.curate.checking.checks import ROW_CHECKS
from tuneproof.curate.checking.code_blocks import find_unparsable_code
from tuneproof.curate.checking.emptiness import find_echoes, find_empty
from tuneproof.curate.checking.fences import code_blocks
from tuneproof.curate.checking.inputs import CheckInputs, ChunkText
from tuneproof.curate.checking.languages import other_language
from tuneproof.curate.checking.mojibake import misread
from tuneproof.curate.checking.shells import COUNTED, count_shell, read_shell
from tuneproof.curate.checking.standalone import find_needs_page, find_points_away
from tuneproof.curate.checking.topics import find_off_topic
from tuneproof.curate.checking.truncation import find_truncated
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.config import Config

ROW = PairRow("p", "What does `open` return?", "", "what_is", "import", "import")
SOURCE = "Open the file for reading and return a file object. The file must exist on disk, or an error is raised."
CHUNK = ChunkText("c", "d", "section", (), SOURCE)


def stops_short(answer: str, chunks: Sequence[str] = ()) -> bool:
    row = replace(ROW, answer=answer, chunk_ids=tuple(chunks))
    return bool(list(find_truncated(CheckInputs([row], {"c": CHUNK}))))


@pytest.mark.parametrize(
    "answer",
    [
        "The file is opened for reading and the",
        "It takes three arguments:",
        "It takes a path, a mode,",
        "Pass the path (and optionally",
        "It is written by `open",
        "It returns a file object. You can then read from",
        "It returns a file object. Then you clo",
        'The function says "no such file and stops',
        "Reads the whole file into memory before it closes the underlying descriptor",
        "It returns a file object.\n\n## Errors",
        "- read the file\n- write the",
        "Do this:\n\n1. Open the file.\n2.",
        "It has two modes.\n\n-",
        "```bash\nls\n```\n\n2.",
    ],
)
def test_answers_that_stop_short_are_found(answer: str) -> None:
    assert stops_short(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The file is opened for reading.",
        "A file object",
        "`open(path)`",
        "8080",
        "Log in",
        "Like this:\n\n```python\nopen(path)\n```",
        "It takes two arguments:\n\n- `path`\n- `mode`",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Is that all? Yes!",
        "Set it to `0.0.0.0`",
        "See https://example.com/docs",
        "It ends with an ellipsis…",
        'He said "no."',
        "(It is optional.)",
        "CLI reference: sqlite-utils vacuum",
        "The total is:\n\n42",
        "It is kept as it is. 🎉",
        "1.",
    ],
)
def test_answers_that_are_whole_are_left_alone(answer: str) -> None:
    assert not stops_short(answer)


def test_the_source_tells_a_cut_from_a_missing_stop() -> None:
    assert stops_short("Open the file for reading and return a file", ["c"])
    assert stops_short("Open the file for read", ["c"])
    assert not stops_short("Open the file for reading and return a file object", ["c"])


def test_a_set_that_writes_no_stops_is_not_all_cut_short() -> None:
    rows = [
        replace(ROW, pair_id=f"p{at}", answer=f"It gives back object number {at} of the open file") for at in range(60)
    ]
    assert list(find_truncated(CheckInputs(rows))) == []


def unreadable(tag: str, code: str) -> bool:
    row = replace(ROW, answer=f"Like this:\n\n```{tag}\n{code}\n```\n")
    return bool(list(find_unparsable_code(CheckInputs([row]))))


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("python", "print((1)"),
        ("python", "for i in range(3)\n    print(i)"),
        ("py", 'x = "abc'),
        ("python", 'print "x"'),
        ("pycon", ">>> open(path\nFile"),
        ("json", '{"a": 1,, "b": 2}'),
        ("json", "{'a': 1}"),
        ("json", '{"a": 1'),
        ("json", '{"a": 1,}'),
        ("yaml", "a: [1, 2\nb: 3"),
        ("yaml", "a: b: c"),
        ("toml", "a = "),
        ("toml", "[table\na = 1"),
        ("bash", 'echo "hello'),
        ("sh", "if true; then echo"),
        ("bash", "echo $(date"),
        ("console", "$ echo 'x"),
        ("shell", "curl http://localhost/api -d '{\"a\": 1,, }'"),
    ],
)
def test_code_that_its_language_can_not_read_is_found(tag: str, code: str) -> None:
    assert unreadable(tag, code)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("python", "print(1)"),
        ("python", "    return x"),
        ("python", "def f(a, b): ..."),
        ("python", "def f(a, b)"),
        ("python", "@app.get('/')"),
        ("python", "x = f(a, ...)\n..."),
        ("python", "open(<path>)"),
        ("python", "await f()"),
        ("python", "@app.command()\ndef main():\n    # Some code here"),
        ("python", "else:\n    print(1)"),
        ("python", '"a": 1,\n"b": 2'),
        ("python", "%timeit f()\nx = 1"),
        ("pycon", ">>> for i in [1]:\n...     print(i)\n...\n1\n>>> x"),
        ("json", '{"a": [1, ...]}'),
        ("json", '{"a": 1}\n{"a": 2}'),
        ("json", '"a": 1'),
        ("json", '{"a": <number>}'),
        ("jsonc", '{"a": 1, // one\n}'),
        ("yaml", "a: <name>\n---\nb: {{ x }}"),
        ("yaml", "- !Ref x"),
        ("toml", "a = 1\n...\n[b]"),
        ("bash", "ollama run <model>"),
        ("bash", "echo 'it''s' | wc -l"),
        ("bash", "cat <<EOF\nit's\nEOF"),
        ("sh", "f() { :; }"),
        ("console", "$ ls\nit's (output"),
        ("console", "it's output only"),
        ("text", "print(("),
        ("", "print(("),
        ("shell", "curl http://localhost/api -d '{\"a\": 1}'"),
    ],
)
def test_code_that_documentation_shows_in_part_is_left_alone(tag: str, code: str) -> None:
    assert not unreadable(tag, code)


def test_shell_is_read_by_counting_where_there_is_no_bash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    reader, bad = read_shell(["echo 'x", "echo x"])
    assert (reader, set(bad)) == (COUNTED, {"echo 'x"})
    assert count_shell('a="$(b "c")" # it\'s') is None


def test_blocks_in_lists_and_quotes_are_cut_out_whole() -> None:
    blocks = code_blocks("1. a\n   ```python title=x\n   b\n   ```\n> ~~~json\n> {}\n> ~~~\n")
    assert [(block.tag, block.body.strip(), block.first, block.last) for block in blocks] == [
        ("python", "b", 2, 4), ("json", "{}", 5, 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["It’s fine…", "café", "10 °C", "© 2024", "日本語", "Привет", "😀", "€10", "a — b", "½", "Łódź"]
)
@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_utf8_read_as_another_encoding_is_found(text: str, codec: str) -> None:
    spoilt = "".join(
        bytes([byte]).decode(codec) if codec == "latin-1" or byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in text.encode()
    )
    assert misread(spoilt)
    assert not misread(text)


@pytest.mark.parametrize("text", [
        "a\ufffdb", "UTF-8 was lost in M\ufffd\ufffdsli.", "The encoding of Ã¼ber is unknown.", "bell\a", "\x1b[0m",
        "caf\udce9", "\x00", "don?t do it", "it‚Äôs",
    ],
)  # fmt: skip
def test_replacement_and_control_characters_are_found(text: str) -> None:
    assert misread(text)


@pytest.mark.parametrize(
    "text",
    [
        "“CAFÉ” und “AÑ”",
        "SÃO PAULO, IRMÃ”",
        "Größe Ä“",
        "a\tb\nc",
        "page?s=1",
        "U+FFFD is \ufffd, the replacement character",
        "Read as Latin-1, the bytes of `ü` in UTF-8 are `Ã¼`.",
        'A wrong charset turns "naïve" into "naÃ¯ve".',
    ],
)
def test_good_text_with_odd_letters_is_left_alone(text: str) -> None:
    assert misread(text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "The server keeps the key. Der Schlüssel wird erst gelöscht, wenn man ihn nicht mehr braucht."),
        ("fr", "It opens the file for reading. Le fichier est fermé quand on ne lit plus dans la boucle."),
        ("es", "Call it once. Después el programa lee todo lo que hay en la carpeta y lo guarda."),
    ],
)
def test_a_sentence_in_another_language_is_told_among_others(language: str, text: str) -> None:
    first, second = text.split(". ", 1)
    assert other_language(text, "en") == other_language(f"{second} {first}.", "en") == language
    assert other_language(f'{first}. It prints "{second}" and then ends the way it was told to.', "en") == ""


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Gibt den Namen der Datei zurück, wenn sie existiert, sonst einen Fehler."),
        ("fr", "Pour charger le modèle, exécutez la commande et attendez que le processus soit terminé."),
        ("es", "Devuelve el nombre del archivo si existe; de lo contrario lanza un error."),
        ("pl", "Aby załadować model, uruchom polecenie i poczekaj, aż proces się zakończy."),
        ("ja", "モデルを読み込むには、コマンドを実行して完了するまで待ちます。"),
        ("zh", "要加载模型，请运行命令并等待该过程完成。"),
        ("ru", "Чтобы загрузить модель, выполните команду и дождитесь завершения процесса."),
    ],
)
def test_another_language_is_named_and_its_own_set_is_not_flagged(language: str, text: str) -> None:
    assert other_language(text, "en") == language
    assert other_language(text, language) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Return the name of the file if it exists, else raise an error.",
        "Models: llama, gemma, qwen, mistral, phi, deepseek, granite, command",
        "See Los Angeles, Las Vegas, San Jose, La Paz, Le Mans and El Paso tonight.",
        "Use it.\n```\nDas ist nicht der Text, der hier zählt, und er wird auch nicht gelesen.\n```",
        "Das ist kurz.",
    ],
)
def test_english_names_code_and_short_text_are_left_alone(text: str) -> None:
    assert other_language(text, "en") == ""


def test_a_pair_far_from_every_topic_is_told() -> None:
    draw = np.random.default_rng(0)
    centres = np.eye(3, 32)
    vectors = np.concatenate(
        [centres[at % 3] + 0.1 * draw.normal(size=(1, 32)) for at in range(60)] + [np.eye(32)[[20]]]
    )
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    rows = [replace(ROW, pair_id=f"p{at:02}", answer="It is so.", cluster=at % 3) for at in range(61)]
    assert [one.subject_id for one in find_off_topic(CheckInputs(rows, {}, vectors))] == ["p60"]
    assert list(find_off_topic(CheckInputs(rows[:60], {}, vectors[:60]))) == []


def test_an_answer_that_shares_no_words_with_its_source_is_told() -> None:
    cake = "Preheat the oven, mix flour, sugar and butter, then bake the cake for forty minutes until golden brown."
    file = "Opening a file for reading returns an object of that file; an error is raised unless it exists on disk."
    for answer, told in ((cake, True), (file, False)):
        row = replace(ROW, answer=answer, chunk_ids=("c",))
        assert bool(list(find_off_topic(CheckInputs([row], {"c": CHUNK})))) is told


def _library(answer: str, share: float = 1.0) -> list[PairRow]:
    """Forty pairs on as many passages, the last with ``answer``; ``share`` is how much of an answer its source has."""
    names = [f"{first}{second}" for first in ("lan", "mor", "ket", "dul", "vis") for second in "abcdefgh"]
    rows = []
    for name in names:
        kept = f"The {name}tor stores {name}cles beneath the {name}ment"
        other = " and gently moves whichever sort quite softly" if share < 1 else ""
        rows.append(
            replace(ROW, pair_id=name, question=f"What does {name} do?", answer=kept + other, chunk_ids=(name,))
        )
    return [*rows[:-1], replace(rows[-1], answer=answer)]


def test_an_answer_of_a_neighbouring_page_is_told_by_its_rare_words() -> None:
    strange, own = "The lanator stores lanacles.", "The vishtor stores vishcles beneath it."
    for answer, told in ((strange, True), (own, False)):
        rows = _library(answer)
        chunks = {
            row.pair_id: ChunkText(row.pair_id, row.pair_id, "section", (), f"The {row.pair_id}tor stores "
                                   f"{row.pair_id}cles beneath the {row.pair_id}ment, as all storage does.")
            for row in rows
        }  # fmt: skip
        found = [one.subject_id for one in find_off_topic(CheckInputs(rows, chunks))]
        assert found == (["vish"] if told else [])


_LESS = "The {0}tor stores {0}cles."


def test_a_set_that_puts_everything_in_its_own_words_is_not_off_topic() -> None:
    rows = _library("The vishtor stores things and gently moves whichever sort quite softly", share=0.5)
    chunks = {row.pair_id: ChunkText(row.pair_id, "d", "section", (), _LESS.format(row.pair_id)) for row in rows}
    assert list(find_off_topic(CheckInputs(rows, chunks))) == []


LINES = {
    "letters": "a" * 100_000, "digits": "1" * 100_000, "spaces": " " * 100_000, "words": "ab " * 33_000,
    "dotted": "a.b" * 33_000, "quotes": "'\"`" * 33_000, "brackets": "([{<" * 25_000, "hyphens": "a-1 " * 25_000,
    "slashes": "a/b.c" * 20_000, "newlines": "\n" * 100_000, "signs": "@:=_" * 25_000, "accents": "Ã©" * 50_000,
    "orders": "ignore the previous " * 5_000, "keys": "password=" * 11_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", LINES)
def test_a_line_of_100_kb_takes_no_check_long(kind: str) -> None:
    row = replace(ROW, question="What is this text?", answer=LINES[kind], chunk_ids=("c",))
    for name, find in ROW_CHECKS.items():
        begun = time.process_time()
        list(find(CheckInputs([row], {"c": CHUNK}, config=Config())))
        assert time.process_time() - begun < 6, name


@pytest.mark.parametrize(
    "answer",
    [
        "",
        " … ",
        "?!",
        "TODO",
        "tbd.",
        "N/A",
        "**TODO:**",
        "[answer]",
        "{{ response }}",
        "<answer>",
        "Insert answer here",
        "<your response goes here>",
        "**[to be added]**",
        "(no answer yet)",
        "__answer__",
        "Coming soon.",
        "This is intentionally left blank.",
        "<p></p>",
        "&nbsp;<br/>",
        "```json\n```",
        "| | |\n|---|---|\n| | |",
        "<!-- answer -->",
        "![](cut.png)",
    ],
)
def test_an_answer_without_content_blocks(answer: str) -> None:
    assert [one.severity for one in find_empty(CheckInputs([replace(ROW, answer=answer)], {}))] == ["block"]


@pytest.mark.parametrize(
    "answer",
    [
        "<port>",
        "(string)",
        "(text)",
        "(none)",
        "[1, 2]",
        "No output.",
        "Not available.",
        "Nothing.",
        "{}0",
        "<b>8</b>",
        "```\n80\n```",
        "`<br>`",
        "[Yes](a.md)",
        "It comes here.",
        "(blank lines)",
        "`[]`",
        "`-`",
        "`''`",
        "`...`",
        "None",
        "0",
        "Ja",
        "TODO lists are kept in `todo.txt`.",
        "`TODO`: write it",
        "n",
    ],
)
def test_a_short_answer_that_says_something_stands(answer: str) -> None:
    assert list(find_empty(CheckInputs([replace(ROW, answer=answer)], {}))) == []


@pytest.mark.parametrize(
    ("question", "answer", "names"),
    [
        ("Given the text, what is returned?", "A list.", ["needs_page"]),
        ("What does the guide above recommend?", "A list.", ["needs_page"]),
        ("What happens in the next chapter?", "A list.", ["needs_page"]),
        ("How do I remove tags from the text?", "Call `strip_tags`.", []),
        ("How do I delete the last paragraph?", "Call `pop`.", []),
        ("What is `open`?", "See the documentation for details.", ["answer_points_away"]),
        ("What is `open`?", "Please consult the official user manual.", ["answer_points_away"]),
        ("What is `open`?", "See below.", ["answer_points_away"]),
        ("What is `open`?", "It opens the manual of a command in a pager.", []),
        ("What is `open`?", "Read the file, then close it.", []),
    ],
)
def test_what_leans_on_the_page_or_points_away_is_told(question: str, answer: str, names: list[str]) -> None:
    inputs = CheckInputs([replace(ROW, question=question, answer=answer)], {})
    assert [one.check_name for find in (find_needs_page, find_points_away) for one in find(inputs)] == names


@pytest.mark.parametrize(
    ("answer", "repeats"),
    [
        ("What does `open` return?", True),
        ("WHAT DOES OPEN RETURN", True),
        ("**What does `open` return?**", True),
        ("You asked: What does `open` return?", True),
        ("What does open return? What does open return?", True),
        ("What does `open` return? A file.", False),
        ("`open`", False),
        ("A file object.", False),
    ],
)
def test_an_answer_that_is_its_question_is_told(answer: str, repeats: bool) -> None:
    assert bool(list(find_echoes(CheckInputs([replace(ROW, answer=answer)], {})))) == repeats
