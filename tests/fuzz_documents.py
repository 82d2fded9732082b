"""Break documents at random and read them: each mutant is read whole or refused in one line, never anything else.

Run it on its own with ``python -m tests.fuzz_documents --count 5000 [PATHS]``; without paths it breaks small documents
of every format that it makes itself.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.sample_documents import samples
from tuneproof.curate.pairing.pairs import generate_pairs
from tuneproof.curate.reading.chunks import chunk_document
from tuneproof.curate.reading.formats import FORMATS, identify
from tuneproof.curate.reading.readers import Unreadable, read
from tuneproof.curate.reading.sources import discover
from tuneproof.curate.reading.unreadable import PARSER_FAULTS
from tuneproof.datasets.workspace import config
from tuneproof.datasets.workspace.records import Chunk, Document, Source

Mutator = Callable[[random.Random, bytes, bytes], bytes]
LIMIT = 200_000
SLOW_SECONDS = 20.0
PATIENCE = 600


def truncate(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    return raw[: rng.randrange(len(raw) + 1)]


def splice(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    at, end = sorted((rng.randrange(len(raw) + 1), rng.randrange(len(raw) + 1)))
    first = rng.randrange(len(other) + 1)
    return raw[:at] + other[first : first + rng.randrange(2000)] + raw[end:]


def flip(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    made = bytearray(raw)
    for _ in range(rng.randrange(1, 40)):
        if made:
            made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def invalid(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + rng.choice((b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\0", b"\xf0\x9f", b"\x1b[")) + raw[at:]


def repeat(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    at = rng.randrange(len(raw) + 1)
    piece = raw[at : at + rng.randrange(1, 30)]
    return raw[:at] + piece * rng.choice((10, 200, 3000)) + raw[at:]


def nest(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    opening = rng.choice(
        (b"> ", b"- ", b"[", b"{", b"(", b"<div>", b"<b>", b"<ul><li>", b"<table><tr><td>", b"*", b"`", b"![", b"<!--",
         b".. note::\n\n   ", b"   ", b"{'a': ", b'{"a":[', b"a: [", b"&a [*a,", b"\n:x: ", b"|a|\n", b"_`")
    )  # fmt: skip
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + opening * rng.choice((20, 300, 5000)) + raw[at:]


def shuffle(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    lines = raw.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def long_line(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    at = rng.randrange(len(raw) + 1)
    return raw[:at] + rng.choice((b"a", b"a ", b"`", b"- ", b"[a](", b"|", b"<a", b"\\")) * 40_000 + raw[at:]


def newlines(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    return raw.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\x0c", "\u2028".encode(), b"\n\n", b"\n\t")))


def escapes(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del other
    made = raw
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(made) + 1)
        piece = (rb"\ud800", rb"\u0000", b"&#0;", b"&#xD800;", b"&#12;", rb"\x00", rb"\e", b'"', b"'", b"%00", b"\\")
        made = made[:at] + rng.choice(piece) + made[at:]
    return made


def doctype(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    del rng, other
    entities = b"".join(b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10) for level in range(1, 12))
    return b'<!DOCTYPE html [<!ENTITY e0 "ha">' + entities + b"]>" + raw.replace(b"<p>", b"<p>&e11;")


def inside_zip(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    """Break one part of an archive and pack it again, or put a bomb beside it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = {part.filename: archive.read(part) for part in archive.infolist()}
    except PARSER_FAULTS:
        return flip(rng, raw, other)
    name = rng.choice(sorted(parts))
    if rng.random() < 0.15:
        parts["word/bomb.xml"] = b"\0" * 30_000_000
    else:
        change = rng.choice((truncate, splice, flip, repeat, shuffle, doctype))
        parts[name] = change(rng, parts[name], other)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    return packed.getvalue()


MUTATORS: tuple[Mutator, ...] = (
    truncate, splice, flip, invalid, repeat, nest, shuffle, long_line, newlines, escapes, doctype,
)  # fmt: skip


def mutants(count: int, seed: int, originals: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, what was done, bytes) of ``count`` mutants, each original in turn."""
    rng = random.Random(seed)
    names = sorted(originals)
    for number in range(count):
        name = names[number % len(names)]
        raw = originals[name]
        changes = list(MUTATORS) if not name.endswith(".docx") else [*MUTATORS, *[inside_zip] * len(MUTATORS)]
        done: list[str] = []
        for _ in range(rng.choice((1, 1, 2, 3))):
            change = rng.choice(changes)
            raw = change(rng, raw, originals[rng.choice(names)])
            done.append(change.__name__)
        yield name, "+".join(done), raw


def try_one(folder: Path, name: str, raw: bytes) -> tuple[str, str]:
    """Return what became of one mutant: (skipped | refused | read, reason). Anything else is raised."""
    (folder / name).write_bytes(raw)
    [file] = discover(Source("s", str(folder / name)), config.Sources()) if _is_named(folder / name) else [None]
    if file is None or file.skipped:
        return "skipped", "" if file is None else str(file.skipped)
    try:
        document = read("s", file)
        chunks = chunk_document(document, 500)
    except Unreadable as error:
        if "\n" in error.reason or not error.reason or len(error.reason) > 300:
            raise AssertionError(f"no reason in one line: {error.reason!r}") from error
        return "refused", error.reason
    check_chunks(document, chunks)
    ids = {chunk.chunk_id for chunk in chunks}
    for pair in generate_pairs(document, chunks, config.Pairs()):
        assert set(pair.chunk_ids) <= ids
        assert "\0" not in (pair.question + pair.answer).encode().decode()
    return "read", ""


def _is_named(path: Path) -> bool:
    return identify(path)[1] is None


def check_chunks(document: Document, chunks: Sequence[Chunk]) -> None:
    """Assert that chunks are exact spans in order, that none overlaps, and that their ids differ."""
    data = document.content.encode()
    last = 0
    for chunk in chunks:
        assert data[chunk.start_byte : chunk.end_byte].decode() == chunk.text
        assert last <= chunk.start_byte < chunk.end_byte
        assert "\0" not in "".join(chunk.heading_path).encode().decode()
        last = chunk.end_byte
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


def run(
    count: int, seed: int, originals: dict[str, bytes], patience: int | None = None
) -> tuple[Counter[tuple[str, str]], list[str], float]:
    """Read ``count`` mutants; return counts by (suffix, outcome), what else happened, and the slowest in seconds.

    A mutant that takes ``patience`` seconds ends the process with a traceback of where it hangs.
    """
    counts: Counter[tuple[str, str]] = Counter()
    faults: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, done, raw) in enumerate(mutants(count, seed, originals)):
            started = time.process_time()
            if patience is not None:
                faulthandler.dump_traceback_later(patience, exit=True)
            try:
                outcome, _ = try_one(Path(folder), Path(name).name, raw)
            except Exception as error:  # noqa: BLE001 - what must never happen is what is looked for
                outcome = "FAULT"
                faults.append(f"{seed}:{number} {name} {done}: {type(error).__name__}: {str(error)[:200]}")
            took = time.process_time() - started
            if took > SLOW_SECONDS:
                faults.append(f"{seed}:{number} {name} {done}: {took:.0f} s")
            slowest = max(slowest, took)
            counts[Path(name).suffix, outcome] += 1
    return counts, faults, slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("paths", nargs="*", type=Path, help="files and folders to break; default: made here")
    arguments = parser.parse_args()
    originals = samples()
    for path in arguments.paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in FORMATS and file.is_file() and file.stat().st_size <= LIMIT:
                originals[file.as_posix()] = file.read_bytes()
    counts, faults, slowest = run(arguments.count, arguments.seed, originals, PATIENCE)
    outcomes = sorted({outcome for _, outcome in counts})
    sys.stdout.write(f"{'format':10}" + "".join(f"{outcome:>10}" for outcome in outcomes) + "\n")
    for suffix in sorted({suffix for suffix, _ in counts}):
        sys.stdout.write(f"{suffix:10}" + "".join(f"{counts[suffix, outcome]:10}" for outcome in outcomes) + "\n")
    sys.stdout.write(f"{arguments.count} mutants, {len(faults)} faults, slowest {slowest:.1f} s of CPU time\n")
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
