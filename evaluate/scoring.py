"""Scores of one model state on items, through lm-evaluation-harness, and the file that a kill can't spoil.

Knows how a figure is measured. It must not know what figure is good.

Metrics: of pairs and text ``nll`` (summed nats), ``tokens``, ``bytes``, ``nll_per_token``; of suite items
``correct`` (0 or 1) and ``margin`` (nats by which the right choice leads the best wrong one); of any item
``context_cut`` (tokens cut off at the left, where any were), ``unscored`` (1 where it does not fit the model) and
``broken`` (1 where the model gave no finite number).
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tuneproof.datasets.workspace.atomic import append_jsonl, read_jsonl, write_text_atomic
from tuneproof.datasets.workspace.errors import ModelError
from tuneproof.datasets.workspace.records import Item, Model, Score
from tuneproof.evaluate.base_scores import BaseScores
from tuneproof.evaluate.encoding import Request, encode
from tuneproof.evaluate.harness_tasks import HarnessTasks
from tuneproof.evaluate.models import LoadedModel

if TYPE_CHECKING:
    from lm_eval.models.huggingface import HFLM

STATES: tuple[Model, ...] = ("base", "tuned")
#: Rows of a forward pass. Measured on two cores with the bundled base: 8 to 64 rows differ by under a tenth.
BATCH_ROWS = 32
#: Digits kept of a score: far finer than float32 sums, so that a resumed evaluation repeats to the digit.
DIGITS = 6

Block = tuple[Model, str, str]
Progress = Callable[[int, int], None]


def score_items(
    loaded: LoadedModel,
    items: Sequence[Item],
    path: Path,
    progress: Progress | None = None,
    kept: BaseScores | None = None,
    tasks: HarnessTasks | None = None,
    announce: Callable[[Cost], None] | None = None,
) -> list[Score]:
    """Score ``items`` in the base and the tuned state, block by block into ``path``, and return all scores.

    Blocks (state, role, suite) that ``path`` holds whole are not scored again; a torn one is scored anew.
    ``progress`` is told how many of how many item scorings are done; ``kept`` holds blocks of the base that an
    earlier evaluation scored; ``tasks`` scores the items that it made.
    ``announce`` is told what is left to do before it begins.

    Raises:
        ModelError: the base gives no finite number for any item, so that nothing could be scored.
    """
    blocks = _blocks(items)
    done = _whole_blocks(path, blocks)
    found = [score for scores in done.values() for score in scores]
    write_text_atomic(path, "".join(json.dumps(asdict(score)) + "\n" for score in found))
    finished = 0
    lm = harness(loaded)
    known = {
        block: scores for block, own in blocks.items() if block not in done and (scores := _kept(kept, block, own))
    }
    left = {block: own for block, own in blocks.items() if block not in done and block not in known}
    # Encoded once for both states.
    requests = {
        item.item_id: encode(item, loaded.tokenizer, loaded.max_length) for own in left.values() for item in own
    }
    if announce:
        announce(cost(lm, list(left.values()), requests))
    for block, members in blocks.items():
        if block not in done:
            scores = known.get(block) or list(_score_block(lm, loaded, block[0], members, requests, tasks))
            if kept and block[0] == "base":
                kept.keep(members, scores)
            append_jsonl(path, (asdict(score) for score in scores))
            found.extend(scores)
        finished += len(members)
        if progress:
            progress(finished, 2 * len(items))
    _refuse_nothing_but_nan(found)
    return found


def read_scores(path: Path) -> list[Score]:
    """Return the scores that a file holds."""
    return [Score(**row) for row in read_jsonl(path)]


@dataclass(frozen=True, slots=True)
class Cost:
    """What is left to score, both states together: items, tokens through the model, about how many seconds."""

    items: int
    tokens: int
    seconds: float

    def __str__(self) -> str:
        """Return the plan in a line, as it is announced."""
        if not self.items:
            return "Everything is scored already; only answers are left to write and the verdict to reach."
        return (
            f"To score: {self.items:,} items in base and tuned together, {self.tokens:,} tokens, "
            f"about {max(1, round(self.seconds)):,} s; then answers are written."
        )


def cost(lm: HFLM, blocks: Sequence[Sequence[Item]], encoded: Mapping[str, Sequence[Request]]) -> Cost:
    """Return what scoring ``blocks`` will take, by the rate of one pass over requests of middling length.

    Items of tasks that let the model write are counted, their tokens are not: how many come out is not known before.
    """
    wanted = [request for own in blocks for item in own for request in encoded[item.item_id]]
    tokens = sum(_length(request) for request in wanted)
    if not wanted:
        return Cost(sum(map(len, blocks)), 0, 0.0)
    ordered = sorted(wanted, key=_length)
    middle = len(ordered) // 2
    sample = ordered[max(0, middle - BATCH_ROWS // 2) : middle + BATCH_ROWS // 2]
    loglikelihoods(lm, sample[:1])  # The first pass of a process is slower than any after it.
    began = time.monotonic()
    loglikelihoods(lm, sample)
    rate = (time.monotonic() - began) / sum(map(_length, sample))
    return Cost(sum(map(len, blocks)), tokens, tokens * rate)


def _length(request: Request) -> int:
    return len(request.context) + len(request.continuation)


def loglikelihoods(lm: HFLM, requests: Sequence[Request]) -> list[float]:
    """Return the summed log-likelihood in nats of each request's continuation, in order."""
    # The ids go in directly: the string entry would tokenise anew and could split prompt and answer elsewhere.
    rows = [(("", ""), list(request.context), list(request.continuation)) for request in requests]
    return [float(total) for total, _ in lm._loglikelihood_tokens(rows, disable_tqdm=True)]


def _blocks(items: Sequence[Item]) -> dict[Block, list[Item]]:
    blocks: dict[Block, list[Item]] = {}
    for state in STATES:
        for item in items:
            blocks.setdefault((state, item.role, item.suite), []).append(item)
    return blocks


def _kept(kept: BaseScores | None, block: Block, items: Sequence[Item]) -> list[Score] | None:
    return kept.read(items) if kept and block[0] == "base" else None


def _whole_blocks(path: Path, blocks: Mapping[Block, Sequence[Item]]) -> dict[Block, list[Score]]:
    """Return the blocks of which ``path`` holds every figure, up to the first that lacks one: they come in order."""
    by_item: dict[tuple[Model, str], list[Score]] = {}
    for score in read_scores(path):
        by_item.setdefault((score.model, score.item_id), []).append(score)
    whole = {}
    for block, members in blocks.items():
        rows = [by_item.get((block[0], item.item_id), []) for item in members]
        if not all(_is_complete(row) for row in rows):
            break
        whole[block] = [score for row in rows for score in row]
    return whole


def _is_complete(scores: Sequence[Score]) -> bool:
    names = {score.metric for score in scores}
    return bool(names & {"nll_per_token", "correct", "broken", "unscored"})


def harness(loaded: LoadedModel) -> HFLM:
    """Return lm-evaluation-harness over a loaded model."""
    from lm_eval.models.huggingface import HFLM

    # Its warning that a loaded model ignores other arguments is about arguments that are not given here.
    logging.getLogger("lm_eval.models.huggingface").setLevel(logging.ERROR)
    return HFLM(
        pretrained=loaded.model,
        tokenizer=loaded.tokenizer,
        batch_size=BATCH_ROWS,
        max_length=loaded.max_length,
        softmax_dtype="float32",
    )


def _score_block(
    lm: HFLM,
    loaded: LoadedModel,
    state: Model,
    items: Sequence[Item],
    encoded: Mapping[str, Sequence[Request]],
    tasks: HarnessTasks | None,
) -> Iterator[Score]:
    if tasks and tasks.holds(items[0]):
        with loaded.state(state):
            found = tasks.score(lm, items)
        for item in items:
            for metric, value in found[item.item_id].items():
                yield Score(state, item.item_id, metric, round(value, DIGITS))
        return
    requests = [encoded[item.item_id] for item in items]
    with loaded.state(state):
        totals = iter(loglikelihoods(lm, [request for own in requests for request in own]))
    for item, own in zip(items, requests, strict=True):
        for metric, value in _metrics(item, own, [next(totals) for _ in own]).items():
            yield Score(state, item.item_id, metric, round(value, DIGITS))


def _metrics(item: Item, requests: Sequence[Request], values: Sequence[float]) -> dict[str, float]:
    if not requests:
        return {"unscored": 1.0}
    cut = max(request.cut for request in requests)
    notes = {"context_cut": float(cut)} if cut else {}
    if not all(map(math.isfinite, values)):
        return {**notes, "broken": 1.0}
    if item.role == "general":
        right = values[item.answer]
        margin = right - max(value for place, value in enumerate(values) if place != item.answer)
        # What tells a whole row from a torn one comes last.
        return {**notes, "margin": margin, "correct": float(margin > 0)}
    nll, tokens = -sum(values), sum(len(request.continuation) for request in requests)
    size = len(item.reference.encode("utf-8"))
    return {**notes, "nll": nll, "tokens": float(tokens), "bytes": float(size), "nll_per_token": nll / tokens}


def _refuse_nothing_but_nan(scores: Sequence[Score]) -> None:
    base = [score for score in scores if score.model == "base"]
    if base and all(score.metric in {"broken", "unscored", "context_cut"} for score in base):
        raise ModelError(
            "The base model gives no finite number for any item, so nothing could be scored.",
            "Check the weights of [base] model; they may be damaged or need another number type.",
        )
