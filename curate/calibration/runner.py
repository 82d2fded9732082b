"""The whole calibration: one set of pairs after another with faults in it, judged and counted.

Knows the order of the rounds, so that the faults of one check do not hide those of another. What is planted and how it
is counted is the business of the modules it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tuneproof.curate.calibration import (
    broken_code,
    conflicts,
    credentials,
    damage,
    facts,
    holes,
    leaks,
    manners,
    orders,
    passages,
    people,
    pointing,
    repeats,
    tongues,
)
from tuneproof.curate.calibration.cases import Case, Recipe, draw_cases, make_case, planted_rows
from tuneproof.curate.calibration.counting import Judged, Row, Share, Tally, Trials, judge, share_of
from tuneproof.curate.calibration.inspection import Inspector, Seen
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.records import Duplicate, Finding

Advance = Callable[[int, int, str], None]
# Checks of one row: the faults of a round are on pairs of their own, so they do not touch one another.
ROUNDS: tuple[tuple[str, tuple[Recipe, ...]], ...] = (
    ("grounding", facts.RECIPES),
    ("secrets", credentials.RECIPES + orders.RECIPES),
    ("personal data", people.RECIPES),
    ("emptiness", damage.EMPTINESS),
    ("length", damage.LENGTH),
    ("bytes and fences", damage.BYTES + broken_code.FENCES),
    ("code", broken_code.CODE),
    ("pointing", pointing.RECIPES),
    ("language", tongues.RECIPES),
    ("topic", pointing.OFF_TOPIC),
)
REPEATED = ("duplicate_exact", "duplicate_near", "duplicate_paraphrase", "variant")
SAME = {"merged", "suggested"}
RATES = (0.05, 0.20)
SPLIT_RATE = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is planted: faults of a check, sets of a trial; ``quick`` keeps to what a test has time for."""

    per_check: int = 100
    seed: int = 0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The table, with the findings and links on the untouched set for a person to look at."""

    table: Sequence[Row]
    untouched: Sequence[Finding]
    links: Sequence[Duplicate]
    pairs: int
    documents: int


def calibrate(material: Material, settings: Settings, advance: Advance) -> Outcome:
    """Plant every fault in ``material``, run the checks and return the table in the order of the rounds."""
    run = _Run(material, settings, advance)
    table = [*run.row_checks(), *run.comparisons(), *run.styles(), *run.leaks(), *run.coverage()]
    documents = {row.document_id for row in material.rows}
    findings = [*run.clean.findings, *run.clean_links.findings]
    return Outcome(table, findings, run.clean_links.duplicates, len(material.rows), len(documents))


class _Run:
    """One calibration under way: the untouched set is judged once and held against every other."""

    def __init__(self, material: Material, settings: Settings, advance: Advance) -> None:
        self.material, self.settings = material, settings
        self._advance = advance
        self._done = 0
        self._total = len(ROUNDS) + len(REPEATED) + 3 + len(manners.DRIFTS) * (len(RATES) + 2) + 3
        self.inspector = Inspector(material)
        self._step("untouched pairs")
        self.clean = self.inspector.check(material.rows, embed=True)
        self.clean_links = self.inspector.compare(material.rows)

    def row_checks(self) -> Iterator[Row]:
        """Yield the checks of one row, faults and controls in the places of real pairs."""
        for name, recipes in ROUNDS:
            self._step(name)
            flagged = {recipe.check: self.clean.flagged(recipe.check) for recipe in recipes}
            cases = draw_cases(self.material, recipes, self.settings.per_check, self._rng(name), flagged)
            seen = self.inspector.check(planted_rows(self.material, cases), embed=name == "topic")
            for check in dict.fromkeys(recipe.check for recipe in recipes):
                yield self._tally(check, check, cases, seen.flagged(check))

    def comparisons(self) -> Iterator[Row]:
        """Yield duplicates, variants and contradictions: edited pairs beside the real ones."""
        linked = {pair for link, states in self.clean_links.links.items() if states & SAME for pair in link}
        for check in REPEATED:
            self._step(check)
            recipes = [recipe for recipe in repeats.RECIPES if recipe.check == check]
            cases = draw_cases(self.material, recipes, self.settings.per_check, self._rng(check), {check: linked})
            seen = self.inspector.compare(planted_rows(self.material, cases))
            yield self._repeats(check, cases, seen, linked)
        self._step("contradictions")
        opposed = self._opposed(self.clean_links)
        busy = {pair for pairs in opposed for pair in pairs}
        flagged = {"contradiction": busy | linked}
        cases = draw_cases(self.material, conflicts.RECIPES, self.settings.per_check, self._rng("conflict"), flagged)
        rows = planted_rows(self.material, cases)
        compared = self.inspector.compare(rows)
        found = self._opposed(compared)
        told = {case.row.pair_id for case in cases if frozenset((case.row.pair_id, case.partner or "")) in found}
        merged = sum(
            compared.linked(case.row.pair_id, case.partner or "", {"merged"}) for case in cases if case.planted
        )
        untouched = share_of((row.pair_id for row in self.material.rows), busy)
        yield Tally("contradiction", "contradiction", judge(cases, told), untouched, {"merged": merged})
        yield self._between_documents()

    def _between_documents(self) -> Tally:
        """Count the passages that disagree with their like in another document."""
        self._step("contradictions between documents")
        copies = passages.copied_passages(self.material, self.settings.per_check, self._rng("passages"))
        chunks = list(self.material.chunks.values())
        before = {chunk for pair in self.inspector.disagreeing(chunks) for chunk in pair}
        found = self.inspector.disagreeing([*chunks, *(copy.chunk for copy in copies)])
        cases = [copy.case for copy in copies if copy.case.partner not in before]
        told = {case.row.pair_id for case in cases if frozenset((case.row.pair_id, case.partner or "")) in found}
        untouched = share_of((chunk.chunk_id for chunk in chunks), before)
        return Tally(passages.CHECK, "contradiction", judge(cases, told), untouched)

    def _repeats(self, check: str, cases: Sequence[Case], seen: Seen, linked: set[str]) -> Tally:
        """Count links of the planted pair with its partner; a variant counts as told where it is kept apart."""
        states = {"merged"} if check == "duplicate_exact" else SAME
        told = {case.row.pair_id for case in cases if seen.linked(case.row.pair_id, case.partner or "", states)}
        merged = [case for case in cases if seen.linked(case.row.pair_id, case.partner or "", {"merged"})]
        extra: dict[str, object] = {"merged": sum(case.planted for case in merged)}
        extra["controls_merged"] = len(merged) - sum(case.planted for case in merged)
        if check == "variant":
            told = {case.row.pair_id for case in cases} - told
        untouched = share_of((row.pair_id for row in self.material.rows), linked)
        if check == "variant":
            untouched = Share(0, 0)
        return Tally(check, "duplicates", judge(cases, told), untouched, extra)

    def _opposed(self, seen: Seen) -> set[frozenset[str]]:
        """Return every two pairs that are said to contradict each other."""
        found = {link for link, states in seen.links.items() if "contradiction" in states}
        for finding in seen.findings:
            if finding.check_name == "contradiction" and finding.subject == "pair":
                found.add(frozenset((finding.subject_id, str(finding.evidence.get("other", "")))))
        return found

    def styles(self) -> Iterator[Row]:
        """Yield outliers of style at each rate, and the split of a set that two writers made."""
        for rate in RATES:
            judged: list[Judged] = []
            check = f"style_outlier_{rate:.0%}".rstrip("%")
            for kind in self._kinds():
                self._step(f"{kind} at {rate:.0%}")
                judged += self._drifted(check, kind, rate)
            untouched = share_of((row.pair_id for row in self.material.rows), self.clean.flagged("style_outlier"))
            yield Tally(check, "style_outlier", judged, untouched, {"rate": rate})
        found: dict[str, Share] = {}
        for kind in self._kinds():
            self._step(f"{kind} at {SPLIT_RATE:.0%}")
            sets = [self._halves(kind, by_document=by_document) for by_document in (False, True)]
            found[kind] = share_of("xy", {sign for sign, rows in zip("xy", sets, strict=True) if self._splits(rows)})
        yield Trials("style_split", "style_split", found, self._untouched_splits())

    def _kinds(self) -> list[str]:
        return list(manners.DRIFTS)[: 2 if self.settings.quick else None]

    def _drifted(self, check: str, kind: str, rate: float) -> list[Judged]:
        """Return how rows of one drift at ``rate`` of the set fared, with benign edits beside them."""
        flagged = {check: self.clean.flagged("style_outlier")}
        rng, rows = self._rng(check + kind), len(self.material.rows)
        recipes = manners.outliers(check, kind)
        faults = [recipe for recipe in recipes if recipe.planted]
        cases = draw_cases(self.material, faults, max(1, round(rate * rows)), rng, flagged)
        taken = {check: flagged[check] | {case.row.pair_id for case in cases}}
        benign = [recipe for recipe in recipes if not recipe.planted]
        wanted = min(len(cases), self.settings.per_check)
        cases += draw_cases(self.material, benign, wanted, rng, taken)
        seen = self.inspector.check(planted_rows(self.material, cases))
        return judge(cases, seen.flagged("style_outlier"))

    def _halves(self, kind: str, *, by_document: bool) -> list[PairRow]:
        """Return the set with half of its rows by another writer: any rows, or whole documents."""
        rng = self._rng(f"{kind} {by_document}")
        order = [row.pair_id for row in self.material.rows]
        rng.shuffle(order)
        if by_document:
            places = {row.pair_id: rng.random() for row in self.material.rows}
            first = {row.document_id: places[row.pair_id] for row in self.material.rows}
            documents = {row.pair_id: first[row.document_id] for row in self.material.rows}
            order.sort(key=lambda pair: documents[pair])
        by_id = {row.pair_id: row for row in self.material.rows}
        recipe = manners.outliers("style_split", kind)[0]
        cases: list[Case] = []
        for pair in order:
            made = make_case(recipe, by_id[pair], self.material, rng)
            if made is not None:
                cases.append(made)
            if len(cases) >= SPLIT_RATE * len(order):
                break
        return planted_rows(self.material, cases)

    def _splits(self, rows: Sequence[PairRow]) -> bool:
        return bool(self.inspector.check(rows).flagged("style_split"))

    def _untouched_splits(self) -> Share:
        """Return how many untouched halves of the documents are said to have two writers; case types mix in each."""
        alarms = []
        documents = sorted({row.document_id or "" for row in self.material.rows})
        for trial in range(1 if self.settings.quick else 5):
            half = set(self._rng(f"half {trial}").sample(documents, max(1, len(documents) // 2)))
            alarms.append(self._splits([row for row in self.material.rows if (row.document_id or "") in half]))
        return Share(sum(alarms), len(alarms))

    def leaks(self) -> Iterator[Row]:
        """Yield leaked test rows, and leaked items of a benchmark of one's own."""
        self._step("leaks")
        placed = self.inspector.split(self.clean_links)
        sides = {row.pair_id: placed[row.pair_id].split for row in self.material.rows if row.pair_id in placed}
        heldout = [row for row in self.material.rows if sides.get(row.pair_id) in ("test", "validation")]
        train = [row for row in self.material.rows if sides.get(row.pair_id) == "train"]
        if heldout and train:
            dropped = {pair for pair, side in sides.items() if side is None}
            outside = [pair for pair, side in sides.items() if side != "train"]
            cases = leaks.leak_cases(self.material, heldout, train, self.settings.per_check, self._rng("leaks"))
            yield Tally("leaked", "leaked", self._leaked(cases), share_of(outside, dropped))
        cases = draw_cases(self.material, leaks.BENCHMARK, self.settings.per_check, self._rng("benchmark"))
        told = self.inspector.given_away(self.material.rows, leaks.benchmark_cases(cases))
        judged = [Judged(case, number in told) for number, case in enumerate(cases, 1)]
        yield Tally("leaked_benchmark", "leaked", judged, Share(0, 0))

    def _leaked(self, cases: Sequence[Case]) -> list[Judged]:
        """Return which held-out pairs are not held against their copy: dropped from their side, or merged with it."""
        compared = self.inspector.compare(planted_rows(self.material, cases))
        placed = self.inspector.split(compared)
        judged = []
        for case in cases:
            copy, held = case.row.pair_id, case.partner or ""
            merged = compared.linked(copy, held, {"merged"})
            side = placed.get(held)
            # Other pairs of a document may change sides with the copy: only a drop that names it counts.
            named = side is not None and side.split is None and copy in side.reason
            judged.append(Judged(case, merged or named))
        return judged

    def coverage(self) -> Iterator[Row]:
        """Yield documents, passages and case types left out."""
        self._step("coverage")
        count = max(1, min(40, self.settings.per_check // 2))
        rng = self._rng("holes")
        dug, asked = holes.dig_places(self.material, count, rng)
        clean = self.inspector.holes(self.material.rows)
        before = clean.flagged("coverage_hole")
        gone = {row.pair_id for hole in dug for row in hole.rows}
        anew = {row.pair_id: row for hole in asked for row in holes.asked_anew(hole, rng)}
        rows = [anew.get(row.pair_id, row) for row in self.material.rows if row.pair_id not in gone]
        after = self.inspector.holes(rows).flagged("coverage_hole")
        found: dict[str, Share] = {}
        for kind in ("document", "passage"):
            places = [hole for hole in dug if hole.kind == kind and hole.subject not in before]
            found[kind] = Share(sum(self._names(hole, after) for hole in places), len(places))
        quiet = [hole for hole in asked if hole.subject not in before]
        alarms = Share(sum(hole.subject in after for hole in quiet), len(quiet))
        found.update(self._case_types({finding.finding_id for finding in clean.findings}))
        yield Trials("coverage_hole", "coverage_hole", found, alarms)

    def _names(self, hole: holes.Hole, flagged: set[str]) -> bool:
        """Say whether what was left out is named: itself, or every passage of a document."""
        if hole.subject in flagged:
            return True
        return hole.kind == "document" and all(set(row.chunk_ids) & flagged for row in hole.rows)

    def _case_types(self, before: set[str]) -> dict[str, Share]:
        """Return for each case type, left out alone, whether a new finding names it."""
        self._step("case types")
        trials = holes.dig_case_types(self.material.rows)[: 2 if self.settings.quick else None]
        found: dict[str, Share] = {}
        for hole in trials:
            gone = {row.pair_id for row in hole.rows}
            seen = self.inspector.holes([row for row in self.material.rows if row.pair_id not in gone])
            fresh = [finding for finding in seen.findings if finding.finding_id not in before]
            named = any(hole.subject in f"{finding.message} {finding.evidence}" for finding in fresh)
            found[f"case type {hole.subject}"] = Share(int(named), 1)
        return found

    def _tally(self, check: str, finding: str, cases: Sequence[Case], flagged: set[str]) -> Tally:
        mine = [case for case in cases if case.check == check]
        untouched = share_of((row.pair_id for row in self.material.rows), self.clean.flagged(finding))
        return Tally(check, finding, judge(mine, flagged), untouched)

    def _rng(self, name: str) -> Random:
        return Random(f"{self.settings.seed} {name}")

    def _step(self, note: str) -> None:
        self._advance(self._done, self._total, note)
        self._done = min(self._done + 1, self._total)
