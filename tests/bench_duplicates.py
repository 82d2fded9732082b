"""``make bench-duplicates``: the stages that find repeats, beside semhash and datasketch on the same rows.

Rows are pairs from the standard library's docstrings, mutated by a seed: six in ten stand alone, the others repeat
one of them to the letter, with a word more or less, in another frame, or with another number. The vectors that both
semantic stages get are one seeded projection of the rows' TF-IDF, so that no model's speed is in the figures. Every
figure is of a process of its own: wall and processor time of the call, peak memory of the process.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneproof.curate.likeness.duplicates import repeats
from tuneproof.curate.likeness.links import MEANING_FLOOR, similar_wording
from tuneproof.curate.likeness.neighbours import close_pairs
from tuneproof.curate.rows import PairRow
from tuneproof.curate.wording import words
from tuneproof.datasets.workspace.identity import digest

FRAMES = ("What does `{}` say of {}?", "Explain what `{}` says of {}.", "In short, what does `{}` say of {}?")
DIMENSION = 384


def sentences() -> list[tuple[str, str]]:
    """Return name and sentence of every docstring of the standard library."""
    found = []
    for file in sorted(Path(ast.__file__).parent.rglob("*.py")):
        if "site-packages" in file.parts or "test" in file.parts:
            continue
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and (text := ast.get_docstring(node)):
                for sentence in re.split(r"(?<=[.])\s+|\n\n", text):
                    plain = " ".join(sentence.split())
                    if 20 < len(plain) < 300:
                        found.append((f"{file.stem}.{node.name}", plain))
    return found


def make_rows(count: int) -> list[PairRow]:
    """Return ``count`` rows: the standard library's sentences, joined in twos and threes, and their mutations."""
    chance = random.Random(0)
    pool = sentences()
    alone: list[tuple[str, str]] = []
    rows: list[tuple[str, str]] = []
    while len(rows) < count:
        if len(rows) < 10 or chance.random() < 0.6:
            name, first = chance.choice(pool)
            said = [first, *(chance.choice(pool)[1] for _ in range(chance.randrange(3)))]
            pair = FRAMES[0].format(name, " ".join(first.split()[:4])), " ".join(said)
            alone.append(pair)
        else:
            pair = mutate(*chance.choice(alone), chance)
        rows.append(pair)
    chance.shuffle(rows)
    return [
        PairRow(digest("row", at), question, answer, "what_is", "bench", "import")
        for at, (question, answer) in enumerate(rows)
    ]


def mutate(question: str, answer: str, chance: random.Random) -> tuple[str, str]:
    """Return the pair again: to the letter, nearly, in another frame, or with another number."""
    way = chance.randrange(4)
    told = answer.split()
    at = chance.randrange(len(told))
    if way == 0:
        return question, answer.replace(". ", ".  ")
    if way == 1:
        return question, " ".join([*told[:at], chance.choice(["really", "also", "the"]), *told[at:]])
    if way == 2:
        frame = chance.choice(FRAMES[1:])
        found = re.match(r"What does `(.*?)` say of (.*)\?$", question)
        return (frame.format(*found.groups()) if found else question), answer
    return question, " ".join([*told[:at], str(chance.randrange(2, 99)), *told[at + 1 :]])


def make_vectors(rows: Sequence[PairRow]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return unit rows, (n, 384): TF-IDF of words by a seeded Gaussian projection."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    table = TfidfVectorizer(sublinear_tf=True, dtype=np.float32)
    weights = table.fit_transform([f"{row.question}\n{row.answer}" for row in rows])
    turn = np.random.default_rng(0).standard_normal((weights.shape[1], DIMENSION)).astype(np.float32)
    vectors = np.asarray(weights @ turn, dtype=np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def ours_near(rows: list[PairRow], _: Any) -> dict[str, float]:
    """Run our stage on wording, verified by true Jaccard."""
    return {"found": sum(1 for _ in similar_wording(rows, 0.85))}


def ours_semantic(rows: list[PairRow], vectors: Any) -> dict[str, float]:
    """Run our stage on vectors."""
    left, _, scores = close_pairs(vectors, MEANING_FLOOR)
    return {"found": int((scores >= 0.9).sum()), "remembered": len(left)}


def ours_whole(rows: list[PairRow], vectors: Any) -> dict[str, float]:
    """Run everything: exact, near, semantic, same question, guards, contradictions, star."""
    found = repeats(rows, vectors)
    return {"found": len(found.duplicates), "links": len(found.links)}


def semhash(rows: list[PairRow], vectors: Any) -> dict[str, float]:
    """Run semhash given the vectors: its index, then ``self_deduplicate``."""
    from semhash import SemHash

    class Given:
        def encode(self, inputs: Sequence[str], **_: Any) -> Any:
            raise AssertionError("the vectors are given")

    texts = [f"{row.question}\n{row.answer}" for row in rows]
    started = time.perf_counter()
    index = SemHash.from_embeddings(vectors, texts, Given())
    indexed = time.perf_counter() - started
    result = index.self_deduplicate(threshold=0.9)
    return {"found": len(rows) - len(result.selected), "of it index s": round(indexed, 2)}


def datasketch(rows: list[PairRow], _: Any) -> dict[str, float]:
    """Run datasketch by its usual recipe: word trigrams, 128 permutations, threshold 0.85, query before insert."""
    from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped]

    index = MinHashLSH(threshold=0.85, num_perm=128)
    found = 0
    for at, row in enumerate(rows):
        said = words(f"{row.question} {row.answer}")
        grams = {" ".join(said[to : to + 3]).encode() for to in range(max(1, len(said) - 2))}
        signature = MinHash(num_perm=128)
        signature.update_batch(grams)
        found += len(index.query(signature))
        index.insert(at, signature, check_duplication=False)
    return {"candidates": found}


STAGES: dict[str, Callable[[list[PairRow], Any], dict[str, float]]] = {
    "near: tuneproof": ours_near,
    "near: datasketch": datasketch,
    "semantic: tuneproof": ours_semantic,
    "semantic: semhash": semhash,
    "whole: tuneproof": ours_whole,
}


def measure(stage: str, folder: Path) -> None:
    """Run one stage on the rows in ``folder`` and write its figures as JSON; this is the child process."""
    rows = [
        PairRow(pair_id, question, answer, "what_is", "bench", "import")
        for pair_id, question, answer in json.loads((folder / "rows.json").read_text("utf-8"))
    ]
    vectors = np.load(folder / "vectors.npy")
    wall, processor = time.perf_counter(), time.process_time()
    found = STAGES[stage](rows, vectors)
    figures = {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - processor,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **found,
    }
    sys.stdout.write(json.dumps(figures))


def recall(vectors: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    """Return the share of all pairs at 0.9 or closer, around a thousand rows, that the trees find."""
    left, right, scores = close_pairs(vectors, MEANING_FLOOR)
    found = {(int(a), int(b)) for a, b, score in zip(left, right, scores, strict=True) if score >= 0.9}
    asked = np.random.default_rng(1).choice(len(vectors), min(1000, len(vectors)), replace=False)
    true = {
        (min(int(asked[a]), int(b)), max(int(asked[a]), int(b)))
        for a, b in zip(*np.nonzero(vectors[asked] @ vectors.T >= 0.9), strict=True)
        if int(asked[a]) != int(b)
    }
    return len(true & found) / len(true) if true else 1.0


def main() -> None:
    """Measure every stage at every size and print the table."""
    parser = argparse.ArgumentParser(description="Measure the stages that find repeats beside their peers.")
    parser.add_argument("--rows", default="10000,30000,100000")
    parser.add_argument("--only", default="", help="stages whose name holds this")
    parser.add_argument("--child", nargs=2, metavar=("STAGE", "FOLDER"))
    given = parser.parse_args()
    if given.child:
        measure(given.child[0], Path(given.child[1]))
        return
    sys.stdout.write(f"{'rows':>7}  {'stage':<22} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9}  found\n")
    for count in [int(one) for one in given.rows.split(",")]:
        with tempfile.TemporaryDirectory(prefix="tuneproof-bench-") as scratch:
            rows = make_rows(count)
            (Path(scratch) / "rows.json").write_text(
                json.dumps([(row.pair_id, row.question, row.answer) for row in rows]), "utf-8"
            )
            vectors = make_vectors(rows)
            np.save(Path(scratch) / "vectors.npy", vectors)
            for stage in [name for name in STAGES if given.only in name]:
                sys.stdout.write(f"{count:>7}  {stage:<22} ")
                sys.stdout.flush()
                done = subprocess.run(
                    [sys.executable, __file__, "--child", stage, scratch], capture_output=True, text=True, check=False
                )
                if done.returncode:
                    sys.stdout.write(f"failed: {done.stderr.strip().splitlines()[-1]}\n")
                    continue
                figures = json.loads(done.stdout)
                wall, cpu, peak = (figures.pop(name) for name in ("wall", "cpu", "peak"))
                found = ", ".join(f"{name} {value:,}" for name, value in figures.items())
                sys.stdout.write(f"{wall:>8.2f} {cpu:>8.2f} {peak:>9.0f}  {found}\n")
            if not given.only:
                sys.stdout.write(
                    f"{count:>7}  of pairs at 0.9 or closer the semantic stage found {recall(vectors):.1%}\n"
                )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
