"""OpenAPI 3 and help texts: chunks by part, references followed, and what is asked about each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.fuzz_documents import check_chunks
from tests.sample_documents import HELP, OPENAPI
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.help_chunks import looks_like_help
from tuneproof.curate.reading.openapi_tree import parse_openapi
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import discover
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.records import Chunk, Document, Pair, Source


def made(folder: Path, name: str, text: str) -> tuple[Document, list[Chunk], list[Pair]]:
    (folder / name).write_bytes(text.encode())
    [file] = discover(Source("s", str(folder / name)), config.Sources())
    assert file.skipped is None
    document = read("s", file)
    chunks = chunk_document(document, 500)
    check_chunks(document, chunks)
    data = bytearray(document.content.encode())
    for chunk in chunks:
        data[chunk.start_byte : chunk.end_byte] = b" " * (chunk.end_byte - chunk.start_byte)
    assert not bytes(data).removeprefix("\ufeff".encode()).strip()
    return document, chunks, generate_pairs(document, chunks, config.Pairs())


def as_json(indent: int | None) -> str:
    return json.dumps(yaml.safe_load(OPENAPI), indent=indent, ensure_ascii=False)


@pytest.mark.parametrize(
    "text", [OPENAPI, "\ufeff" + OPENAPI, OPENAPI.replace("\n", "\r\n")], ids=["plain", "mark", "crlf"]
)
def test_operations_and_their_parts_are_chunks_with_json_pointers(tmp_path: Path, text: str) -> None:
    document, chunks, _ = made(tmp_path, "api.yaml", text)
    found = {(chunk.kind, str(chunk.locator["pointer"])) for chunk in chunks}
    get = "#/paths/~1records~1{recordId}/get"
    assert {
        ("operation", get),
        ("parameter", f"{get}/parameters/0"),
        ("response", f"{get}/responses/200"),
        ("error", f"{get}/responses/404"),
        ("operation", "#/paths/~1records~1{recordId}/delete"),
        ("schema", "#/components/schemas/Record"),
        ("parameter", "#/components/parameters/RecordId"),
        ("response", "#/components/responses/Broken"),
    } <= found
    description = parse_openapi(document.content)
    for chunk in chunks:
        assert description.at(str(chunk.locator["pointer"])) is not None
    [depth] = [chunk for chunk in chunks if chunk.heading_path[-1] == "depth"]
    assert yaml.safe_load(depth.text)[0]["name"] == "depth"


def test_yaml_and_json_of_one_description_give_the_same_pairs(tmp_path: Path) -> None:
    texts = (OPENAPI, as_json(2), as_json(None), as_json(2).replace("  ", "\t"))
    answers = []
    for number, text in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        _, _, found = made(tmp_path / str(number), "api.yaml" if number == 0 else "api.json", text)
        answers.append({(pair.generator, pair.case_type, pair.answer) for pair in found})
    assert len(answers[0]) > 15
    assert answers[0] == answers[1] == answers[2] == answers[3]


def test_requests_parameters_defaults_limits_errors_and_deprecation_are_asked_about(tmp_path: Path) -> None:
    _, chunks, found = made(tmp_path, "api.yaml", OPENAPI)
    by_kind = {(pair.generator, pair.case_type): pair for pair in reversed(found)}
    name = "`GET /records/{recordId}`"
    assert by_kind["openapi.request", "how_to"].answer.startswith(f"Send {name}.")
    assert by_kind["openapi.deprecated", "deprecation"].answer.startswith(f"Yes, {name} is deprecated.")
    answers = {pair.answer: pair for pair in found}
    assert answers["`depth` defaults to `3`."].case_type == "default"
    assert answers["`depth` is at least `1` and at most `9`."].case_type == "limit"
    assert answers["`state` is one of `open` or `closed`."].case_type == "limit"
    assert answers["`recordId` has at most `26` characters."].case_type == "limit"
    assert answers[f"Status 404 of {name} means: There is no such record."].case_type == "error"
    broken = answers[f"Status 500 of {name} means: The engine can't read its pages."]
    pointers = {chunk.chunk_id: chunk.locator["pointer"] for chunk in chunks}
    assert "#/components/responses/Broken" in {pointers[chunk] for chunk in broken.chunk_ids}


def test_a_reference_that_runs_in_a_circle_leads_nowhere(tmp_path: Path) -> None:
    document, _, found = made(tmp_path, "api.yaml", OPENAPI)
    description = parse_openapi(document.content)
    assert description.resolve(description.at("#/components/schemas/Knot")) == (None, None)
    assert description.resolve(description.at("#/components/schemas/Record/properties/parent"))[1] == (
        "#/components/schemas/Record"
    )
    assert not [pair for pair in found if "knot" in pair.question.lower()]


def test_aliases_and_merge_keys_of_yaml_are_followed_and_do_not_unroll(tmp_path: Path) -> None:
    bomb = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9) if n else 'a'}]" for n in range(12))
    text = (
        f"openapi: 3.1.0\n{bomb}\npaths:\n  /a: &a\n    get: {{summary: Get the thing, description: It gives it.}}\n"
        "  /b:\n    <<: *a\n    put:\n      summary: Put the thing\n      requestBody:\n"
        "        content: {a/b: {example: *x11}}\n"
    )
    _, _, found = made(tmp_path, "api.yaml", text)
    questions = " ".join(pair.question + pair.answer for pair in found)
    assert "`GET /b`" in questions
    assert "`PUT /b`" in questions


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3.0.0\nx:\n  " + "- " * 100_000 + "a",
        "openapi: 3.0.0\nx: " + "[" * 100_000,
        "openapi: 3.0.0\nx: " + "{a: " * 100_000,
        '{"openapi": "3.0.0", "x": ' + "[" * 100_000,
        "openapi: 3.0.0\nx: [unclosed",
        "openapi: 3.0.0\n\tx: y",
        "x:\n  openapi: 3.0.0\n",
        '[{"openapi": "3.0.0"}]',
        "openapi: 3.0.0\nx: !!python/object/apply:os.system ['true']\n*",
    ],
)
def test_a_broken_or_hostile_description_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        made(tmp_path, "api.yaml", text)
    assert "\n" not in caught.value.reason
    assert "not valid OpenAPI" in caught.value.reason


def test_other_yaml_and_json_are_no_documents_and_the_reason_says_so(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text("on: push\njobs: {}\n")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "old.yaml").write_text("swagger: '2.0'\npaths: {}\n")
    reasons = {file.path: file.skipped for file in discover(Source("s", str(tmp_path)), config.Sources())}
    assert reasons == {
        "ci.yml": "YAML, but no OpenAPI 3 description",
        "package.json": "JSON, but no OpenAPI 3 description",
        "old.yaml": "Swagger 2, and only OpenAPI 3 is read",
    }


def test_a_help_text_is_told_from_other_text(tmp_path: Path) -> None:
    assert looks_like_help(HELP)
    assert looks_like_help("usage: prog [-h] file\n\npositional arguments:\n  file  The file.\n")
    assert not looks_like_help("Notes\n\nUsage: see below. Nothing here is an option.\n")
    assert not looks_like_help("A text that speaks of --help and no more.\n")
    document, _, _ = made(tmp_path, "engine.txt", HELP)
    assert (document.format, document.title) == ("help", "engine")


def test_usage_options_and_commands_of_a_help_text_are_chunks(tmp_path: Path) -> None:
    _, chunks, _ = made(tmp_path, "engine.help", HELP)
    kinds = [(chunk.kind, chunk.heading_path[1:]) for chunk in chunks]
    assert kinds[0] == ("usage", ())
    assert ("option", ("Options", "--retries")) in kinds
    assert ("command", ("Commands", "copy")) in kinds
    [retries] = [chunk for chunk in chunks if chunk.heading_path[-1] == "--retries"]
    assert " ".join(retries.text.split()) == "--retries INTEGER RANGE How often to try again. [0<=x<=10]"


def test_options_defaults_choices_ranges_and_variables_are_asked_about(tmp_path: Path) -> None:
    _, _, found = made(tmp_path, "engine.help", HELP)
    answers = {pair.answer: pair.case_type for pair in found}
    assert answers["`--output` defaults to `out.json`."] == "default"
    assert answers["`--format` defaults to `json`."] == "default"
    assert answers["`--format` takes one of `json` or `csv`."] == "limit"
    assert answers["`--retries` takes a value x with `0<=x<=10`."] == "limit"
    assert answers["`--format` is required: `engine` needs it."] == "limit"
    assert answers["The environment variable `ENGINE_VERBOSE` sets `--verbose`."] == "how_to"
    assert answers["Say more while it runs."] == "parameter"
    assert answers["Copy all records."] == "what_is"
    assert answers["Store records and find them again."] == "what_is"
    assert answers["Yes, `--old` is deprecated. Use --output."] == "deprecation"


def test_the_help_of_argparse_is_read(tmp_path: Path) -> None:
    text = (
        "usage: prog [-h] [--level {low,high}] [--port PORT] file\n\nDo the work.\n\npositional arguments:\n"
        "  file                  the file to work on\n\noptions:\n"
        "  -h, --help            show this help message and exit\n"
        "  --level {low,high}    how hard to work\n  --port PORT           the port to listen on (default: 8080)\n"
    )
    _, _, found = made(tmp_path, "prog.txt", text)
    answers = {pair.answer for pair in found}
    assert "`--level` takes one of `low` or `high`." in answers
    assert "`--port` defaults to `8080`." in answers
    assert "The file to work on." in answers


def test_a_help_text_that_a_page_quotes_is_asked_about_and_rests_on_the_page(tmp_path: Path) -> None:
    page = "# Reference\n\n## engine copy\n\n```\n" + HELP.replace("engine [", "engine copy [") + "```\n"
    _, chunks, found = made(tmp_path, "reference.md", page)
    [default] = [pair for pair in found if pair.answer == "`--output` defaults to `out.json`."]
    assert "`engine copy`" in default.question
    [section] = [chunk for chunk in chunks if chunk.heading_path == ("Reference", "engine copy")]
    assert default.chunk_ids == (section.chunk_id,)


def test_halves_of_characters_and_nulls_in_strings_are_left_out(tmp_path: Path) -> None:
    paths = '{"/a\\u0000": {"get": {"summary": "Get it\\udfff all"}}}'
    text = '{"openapi": "3.0.0", "info": {"title": "A\\ud800 b"}, "paths": ' + paths + "}"
    document, chunks, found = made(tmp_path, "api.json", text)
    assert document.title == "A b"
    assert ("A b", "GET /a") in {chunk.heading_path for chunk in chunks}
    assert any("`GET /a`" in pair.answer for pair in found)
