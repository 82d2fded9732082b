"""Leaked test rows: what is held out, planted again among the training pairs; controls share its topic only.

Knows how a build splits, since a leak lies between the two sides. It must not know how likeness is measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tuneproof.curate.calibration.cases import Case, Edit, control, fault
from tuneproof.curate.calibration.frames import rephrased
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import pick, prose_sentences
from tuneproof.curate.calibration.repeats import NEAR
from tuneproof.curate.calibration.variants import VARIANTS
from tuneproof.curate.likeness.benchmarks import BenchmarkItem
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import digest

_PLACED = (
    ("Do {a} and {b} belong to the same chapter?", "No. {b} has its own chapter, and {a} is not named in it."),
    ("Is {b} a newer name for {a}?", "No, {b} and {a} have nothing to do with each other."),
    ("Who maintains {a} and who {b}?", "One team looks after {a}; another one wrote {b}."),
    ("Can I search the index for {a} and {b} at once?", "Yes, separate {a} and {b} by a comma in the search box."),
    ("Which has more pages about it, {a} or {b}?", "{b} has two pages and {a} has one."),
    (
        "In a sorted list of names, does {a} come right after {b}?",
        "Not always: others may stand between {b} and {a}.",
    ),
)
_FURTHER = (
    "Besides the main points, what else is said about {subject}?",
    "Is there a remark worth knowing on {subject}?",
    "Name one more detail of {subject}.",
    "What else should a reader of {subject} take home?",
    "Can you quote a line on {subject}?",
    "Tell me one thing people overlook in {subject}.",
)
SHORT_WORDS = 12  # thirteen words in a row are what others call known


def _verbatim(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, row.answer


def _near(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return NEAR[pick(("typo", "punctuation", "article", "word order", "filler word"), rng)](row, material, rng)


def _answer_only(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    question = rephrased(row.question, rng)
    # A short answer ("None.") is right for many questions: given again it gives nothing away.
    return None if question is None or len(row.answer.split()) < 16 else (question, row.answer)


def _other_name(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    names = re.findall(r"`([A-Za-z_][\w.]{2,})`", row.question)
    others = re.findall(r"`([A-Za-z_][\w.]{2,})`", " ".join(pick(material.rows, rng).question for _ in range(20)))
    others = [name for name in others if name not in names]
    if not names or not others:
        return None
    name, other = names[0], pick(others, rng)
    asked, said = pick(_PLACED, rng)
    return asked.format(a=f"`{name}`", b=f"`{other}`"), said.format(a=f"`{name}`", b=f"`{other}`")


def _other_sentence(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    """Ask about the same passage and answer with a sentence of it that the held-out answer does not hold."""
    chunk = material.chunks.get(row.chunk_ids[0]) if row.chunk_ids else None
    found = [each for each in prose_sentences(chunk.text if chunk else "") if each not in " ".join(row.answer.split())]
    if chunk is None or not chunk.heading_path or not found:
        return None
    return pick(_FURTHER, rng).format(subject=chunk.heading_path[-1]), pick(found, rng)


def _other_short(edit: Edit) -> Edit:
    """Return ``edit`` where it changes question and answer, and the answer is short.

    A long answer with one word changed, or the same question, still gives the rest away.
    """

    def guarded(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        made = edit(row, material, rng) if len(row.answer.split()) <= SHORT_WORDS else None
        return None if made is None or made[0] == row.question or made[1] == row.answer else made

    return guarded


FAULTS: dict[str, Edit] = {"word for word": _verbatim, "nearly so": _near, "answer only": _answer_only}
CONTROLS: dict[str, Edit] = {
    "short, another number": _other_short(VARIANTS["number"]),
    "short, another identifier": _other_short(VARIANTS["identifier"]),
    "same subject, other fact": _other_name,
    "same passage, other sentence": _other_sentence,
}


def leak_cases(
    material: Material, heldout: Sequence[PairRow], train: Sequence[PairRow], per_check: int, rng: Random
) -> list[Case]:
    """Return training pairs that give a held-out pair away, and as many that only share its topic.

    ``partner`` is the held-out pair; the planted one stands in the document of some training pair.
    """
    sites = list(heldout)
    rng.shuffle(sites)
    cases: list[Case] = []
    used: set[str] = set()
    for planted, edits in ((True, FAULTS), (False, CONTROLS)):
        wanted = min(per_check, max(1, len(sites) // 3))
        count = 0
        for place, row in enumerate(sites * len(edits)):
            kind = list(edits)[(place + place // max(1, len(sites))) % len(edits)]
            if count == wanted:
                break
            made = None if row.pair_id in used else edits[kind](row, material, rng)
            if made is None or (not planted and made == (row.question, row.answer)):
                continue
            used.add(row.pair_id)
            count += 1
            cases.append(_in_train(row, pick(train, rng), kind, made, planted=planted))
    return cases


def benchmark_cases(cases: Sequence[Case]) -> list[BenchmarkItem]:
    """Return the edited pairs of ``cases`` as the items of a user's own benchmark, in their order, from 1."""
    return [
        BenchmarkItem("planted", number, case.row.question, case.row.answer) for number, case in enumerate(cases, 1)
    ]


def _in_train(row: PairRow, host: PairRow, kind: str, made: tuple[str, str], *, planted: bool) -> Case:
    identity = digest("calibration", "leak", kind, row.pair_id)
    added = replace(
        host, pair_id=identity, question=made[0], answer=made[1], case_type=row.case_type, generator="calibration"
    )
    return Case("leaked", kind, planted, added, row.pair_id)


BENCHMARK = (
    *fault("leaked_benchmark", FAULTS, beside=True),
    *control("leaked_benchmark", CONTROLS, beside=True),
)
