"""Some hundred broken documents of every format: each is read whole or refused in one line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.fuzz_documents import mutants, run, try_one
from tests.sample_documents import samples
from tuneproof.curate.reading.formats import FORMATS


def test_every_format_is_among_the_samples_and_each_good_one_is_read(tmp_path: Path) -> None:
    originals = samples()
    alike = {".htm", ".xhtml", ".yml", ".markdown", ".json", ".jsonl"}
    assert {Path(name).suffix for name in originals} == set(FORMATS) - alike
    for name, raw in originals.items():
        assert try_one(tmp_path, name, raw) == ("read", ""), name


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_documents_are_read_or_refused_and_nothing_else(seed: int) -> None:
    counts, faults, slowest = run(220, seed, samples())
    assert not faults
    assert slowest < 20
    outcomes = {outcome for _, outcome in counts}
    assert outcomes == {"read", "refused", "skipped"}
    assert sum(counts.values()) == 220


@pytest.mark.parametrize("mark", ["`", "``", "*", "(", "'", '"', "[", "|", "_", "` "])
@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.txt", "a.html"])
def test_marks_that_never_close_take_no_time(tmp_path: Path, name: str, mark: str) -> None:
    words = f"The engine must not stop. {mark * (60_000 // len(mark))}"
    text = f"Engine\n======\n\n.. data:: PAGE\n\n   {words}\n\n{words}\n"
    started = time.process_time()
    assert try_one(tmp_path, name, text.encode())[0] in ("read", "refused")
    assert time.process_time() - started < 10


def test_a_seed_gives_the_same_mutants_again() -> None:
    originals = {"a.md": b"# A\n\nWords.\n", "b.txt": b"Words.\n"}
    assert list(mutants(30, 3, originals)) == list(mutants(30, 3, originals))
    assert list(mutants(30, 3, originals)) != list(mutants(30, 4, originals))
