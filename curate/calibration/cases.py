"""What is planted: a recipe for one kind of edit, and the case that it makes of a real pair.

Knows how cases are drawn from the material: seeded, one to a pair, kinds in equal parts. It must not know what a
recipe does nor how a check looks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from tuneproof.curate.calibration.material import Material
from tuneproof.curate.rows import PairRow
from tuneproof.datasets.workspace.identity import digest

Edit = Callable[[PairRow, Material, Random], tuple[str, str] | None]
"""Return another question and answer for a pair, or None where the edit does not fit it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of edit: a fault that ``check`` should tell, or (``planted`` False) its benign control.

    ``beside``: the edited pair is added beside the real one, which it repeats or contradicts; otherwise it stands in
    the real one's place. ``prepare`` edits the real one first, where both sides must say something that it does not.
    """

    check: str
    kind: str
    planted: bool
    edit: Edit
    beside: bool = False
    prepare: Edit | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An edited pair in the set. ``partner`` is the real pair that it stands beside, None where it replaces it.

    ``prepared`` is that partner where it was edited as well.
    """

    check: str
    kind: str
    planted: bool
    row: PairRow
    partner: str | None = None
    prepared: PairRow | None = None


def fault(check: str, kinds: Mapping[str, Edit], *, beside: bool = False) -> tuple[Recipe, ...]:
    """Return recipes of faults, one a kind."""
    return tuple(Recipe(check, kind, True, edit, beside) for kind, edit in kinds.items())


def control(check: str, kinds: Mapping[str, Edit], *, beside: bool = False) -> tuple[Recipe, ...]:
    """Return recipes of benign controls, one a kind."""
    return tuple(Recipe(check, kind, False, edit, beside) for kind, edit in kinds.items())


def draw_cases(
    material: Material,
    recipes: Sequence[Recipe],
    per_check: int,
    rng: Random,
    flagged: Mapping[str, set[str]] | None = None,
    most: float = 0.5,
) -> list[Case]:
    """Return up to ``per_check`` faults and as many controls of each check that ``recipes`` name, no pair used twice.

    A pair that a check flags untouched (``flagged``, ids by check) is no site for that check: a flag must answer for
    the edit alone. At most the share ``most`` of the pairs is used. Kinds of which the material holds too few sites
    leave their part to the others.
    """
    sides = list(dict.fromkeys((recipe.check, recipe.planted) for recipe in recipes))
    share = min(per_check, max(1, int(len(material.rows) * most / len(sides))))
    sites = list(material.rows)
    rng.shuffle(sites)
    used: set[str] = set()
    cases: list[Case] = []
    for side in sides:
        of_side = [recipe for recipe in recipes if (recipe.check, recipe.planted) == side]
        shut = used | (flagged or {}).get(side[0], set())
        made = _fill(material, of_side, [row for row in sites if row.pair_id not in shut], share, rng)
        used.update(case.partner or case.row.pair_id for case in made)
        cases += made
    return cases


def _fill(material: Material, recipes: Sequence[Recipe], sites: list[PairRow], wanted: int, rng: Random) -> list[Case]:
    """Return ``wanted`` cases if the sites allow: the kinds take turns, each goes through the sites once."""
    positions = dict.fromkeys(range(len(recipes)), 0)
    taken: set[str] = set()
    cases: list[Case] = []
    while positions and len(cases) < wanted:
        for index in list(positions):
            case = None
            while case is None and positions[index] < len(sites):
                row = sites[positions[index]]
                positions[index] += 1
                if row.pair_id not in taken:
                    case = make_case(recipes[index], row, material, rng)
            if case is None:
                del positions[index]
                continue
            taken.add(case.partner or case.row.pair_id)
            cases.append(case)
            if len(cases) == wanted:
                break
    return cases


def make_case(recipe: Recipe, row: PairRow, material: Material, rng: Random) -> Case | None:
    """Return the case that ``recipe`` makes of ``row``, or None where it does not fit or changes nothing."""
    prepared = None
    if recipe.prepare is not None:
        first = recipe.prepare(row, material, rng)
        if first is None:
            return None
        row = prepared = replace(row, question=first[0], answer=first[1])
    made = recipe.edit(row, material, rng)
    if made is None or (made == (row.question, row.answer) and not recipe.beside):
        return None
    question, answer = made
    if not recipe.beside:
        return Case(recipe.check, recipe.kind, recipe.planted, replace(row, question=question, answer=answer))
    identity = digest("calibration", recipe.check, recipe.kind, int(recipe.planted), row.pair_id)
    # Another generator, as a second writer or an import would bring it; it rests on the same chunk.
    added = replace(row, pair_id=identity, question=question, answer=answer, generator="calibration", origin="llm")
    return Case(recipe.check, recipe.kind, recipe.planted, added, row.pair_id, prepared)


def planted_rows(material: Material, cases: Sequence[Case]) -> list[PairRow]:
    """Return the material's rows with ``cases`` in their places or added, tokens counted anew, sorted by id."""
    edited = [case.row for case in cases] + [case.prepared for case in cases if case.prepared is not None]
    fresh = {
        row.pair_id: replace(row, tokens=tokens) for row, tokens in zip(edited, material.count(edited), strict=True)
    }
    rows = [fresh.pop(row.pair_id, row) for row in material.rows]
    return sorted([*rows, *fresh.values()], key=lambda row: row.pair_id)
