"""Sources and readers: what a location names, which files are read, and that reading loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import SourceFile, default_name, discover, resolve
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.errors import SourceError
from tuneproof.datasets.workspace.identity import document_id, sha256
from tuneproof.datasets.workspace.records import Document, Source


def files_of(location: str, **settings: object) -> list[SourceFile]:
    return list(discover(Source("s", location), config.Sources.model_validate(settings)))


def read_bytes(folder: Path, name: str, raw: bytes) -> Document:
    (folder / name).write_bytes(raw)
    [file] = files_of(str(folder / name))
    return read("s", file)


@pytest.mark.parametrize("name", ["json", "os", "concurrent.futures", "pathlib", "xml.dom.minidom", "hypothesis"])
def test_a_python_name_leads_to_its_source(name: str) -> None:
    found = resolve(f"python:{name}")
    assert found.module == name
    assert found.kept == f"python:{name}"
    assert found.root.exists()
    last = name.rpartition(".")[2]
    assert found.root.name == (last if found.is_folder else f"{last}.py")


def test_a_python_name_is_found_without_importing_it(tmp_path: Path) -> None:
    package = tmp_path / "explosive" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "explosive" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    (package / "leaf.py").write_text('"""A leaf."""\nraise SystemExit("imported")\n')
    code = (
        "import sys; from tuneproof.curate.reading.sources import resolve\n"
        "print(resolve('python:explosive.inner.leaf').root)\n"
        "assert not [name for name in sys.modules if name.startswith('explosive')]\n"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.strip() == str(package / "leaf.py")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sys", "compiled into Python"),
        ("_ssl", "compiled"),
        ("no_such_module", "no module no_such_module"),
        ("json.no_such_part", "no module json.no_such_part"),
        ("os.path", "os in python:os.path is no package"),
        ("", "no module"),
        ("not a name", "no module"),
    ],
)
def test_a_python_name_without_source_is_an_error_with_a_hint(name: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        resolve(f"python:{name}")
    assert caught.value.hint


def test_the_files_of_a_package_have_their_dotted_names() -> None:
    names = {file.path: file.module for file in files_of("python:concurrent.futures") if not file.skipped}
    assert names["__init__.py"] == "concurrent.futures"
    assert names["thread.py"] == "concurrent.futures.thread"


def test_a_package_in_a_folder_is_named_as_python_would_import_it(tmp_path: Path) -> None:
    package = tmp_path / "src" / "pack" / "sub"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "mod.py").write_text("")
    (tmp_path / "setup.py").write_text("")
    names = {file.path: file.module for file in files_of(str(tmp_path))}
    assert names == {
        "setup.py": "setup",
        "src/pack/__init__.py": "pack",
        "src/pack/sub/__init__.py": "pack.sub",
        "src/pack/sub/mod.py": "pack.sub.mod",
    }


def test_a_source_is_named_after_the_last_component_of_its_location(tmp_path: Path) -> None:
    assert default_name("python:concurrent.futures") == "concurrent.futures"
    assert default_name(str(tmp_path / "guide") + "/") == "guide"
    assert default_name(str(tmp_path / "guide" / "start.md")) == "start.md"


def test_a_named_path_that_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "image.md").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    for name in ("missing.md", "image.md", "table.xlsx"):
        with pytest.raises(SourceError, match=name) as caught:
            resolve(str(tmp_path / name))
        assert caught.value.hint


def test_what_is_not_read_in_a_folder_is_recorded_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    (tmp_path / "binary.md").write_bytes(b"\0\1\2")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "huge.txt").write_text("x" * 101)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "notes.md").write_text("# hidden\n")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe.md")
    found = {file.path: file.skipped for file in files_of(str(tmp_path), max_bytes=100)}
    assert found["a.md"] is None
    assert found == {
        ".git/": "hidden folder",
        "a.md": None,
        "binary.md": "binary file",
        "gone.md": "a broken link",
        "huge.txt": "101 bytes are more than [sources] max_bytes = 100",
        "loop/": "a link to a folder is not followed",
        "picture.png": "no reader for .png",
        "pipe.md": "not a regular file",
    }


def test_files_come_sorted_by_path_whatever_the_folders(tmp_path: Path) -> None:
    for name in ("b/z.md", "a.md", "b.md", "b-c/x.md", "a/y.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text\n")
    paths = [file.path for file in files_of(str(tmp_path))]
    assert paths == sorted(paths)
    assert len(paths) == 5


def test_patterns_choose_files_and_leave_a_reason(tmp_path: Path) -> None:
    for name in ("guide/start.md", "guide/old/start.md", "api/a.md", "top.md", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\n")
    found = {
        file.path: file.skipped for file in files_of(str(tmp_path), include=["**/*.md"], exclude=["guide/old/", "api"])
    }
    assert [path for path, reason in found.items() if reason is None] == ["guide/start.md", "top.md"]
    assert found["notes.txt"] == "no pattern of [sources] include matches"
    assert found["guide/old/"] == "excluded by 'guide/old/'"
    assert found["api/"] == "excluded by 'api'"


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf# A\r\n\r\ntext  \r\n",
        b"# A\rold mac\r",
        "é ü 漢\n\u2028x\x0c\n".encode(),
        b"no newline at the end",
    ],
)
def test_reading_loses_no_byte(tmp_path: Path, raw: bytes) -> None:
    document = read_bytes(tmp_path, "page.md", raw)
    assert document.content.encode() == raw
    assert document.sha256 == sha256(raw)
    assert document.size == len(raw)
    assert document.document_id == document_id("s", "page.md")


def test_invalid_utf8_is_refused_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read_bytes(tmp_path, "page.md", b"caf\xe9\n")
    assert caught.value.reason == "not valid UTF-8 at byte 3"


def test_python_is_decoded_by_its_coding_cookie(tmp_path: Path) -> None:
    raw = b'# -*- coding: latin-1 -*-\n"""Caf\xe9."""\n'
    document = read_bytes(tmp_path, "old.py", raw)
    assert "Café." in document.content
    assert document.content.encode("latin-1") == raw
    assert document.sha256 == sha256(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"# coding: latin-9x\n", "unknown encoding: latin-9x"),
        (b'"""caf\xe9"""\n', "invalid or missing encoding declaration"),
        (b"print 'two'\n", "not valid Python: Missing parentheses"),
        (b"x = 1\n" + b"#" * 9000 + b"\0", "NUL character"),
    ],
)
def test_python_that_no_parser_takes_is_refused_with_the_reason(tmp_path: Path, raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_bytes(tmp_path, "bad.py", raw)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "---\ntitle: 'It''s here'\n---\n# Other\n", "It's here"),
        ("a.mdx", '---\nid: x\ntitle: "Quoted # mark"\n---\n', "Quoted # mark"),
        ("a.md", "---\ntitle: >\n  Folded\n  title\nid: y\n---\n", "Folded title"),
        ("a.md", "text\n\n# The `first` *heading* [link](x)\n", "The first heading link"),
        ("plain.md", "no heading\n", "plain"),
        ("a.txt", "\n  Release notes\n\nbody\n", "Release notes"),
        ("mod.py", "x = 1\n", "mod"),
    ],
)
def test_the_title_is_the_front_matters_or_the_first_heading_or_the_modules_name(
    tmp_path: Path, name: str, text: str, title: str
) -> None:
    assert read_bytes(tmp_path, name, text.encode()).title == title


def test_a_file_that_vanishes_before_it_is_read_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n")
    [file] = files_of(str(tmp_path))
    (tmp_path / "a.md").unlink()
    with pytest.raises(Unreadable, match="No such file"):
        read("s", file)
