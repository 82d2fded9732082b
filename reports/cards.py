"""Cards for what leaves the workspace: a dataset's and a model's, in Hugging Face's form, with the verdict's evidence.

Knows cards. Every figure is the verdict's own; a reason that overrode a verdict stands first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.verdict.verdict import Verdict
from tuneproof.reports import figures
from tuneproof.reports.card_evidence import evidence_parts, evidence_results
from tuneproof.reports.card_evidence import table as _table
from tuneproof.reports.check_rows import check_rows
from tuneproof.reports.markdown import escaped
from tuneproof.reports.summary import one_line, tally

if TYPE_CHECKING:
    from tuneproof.evaluate.selftest.tally import Rate
    from tuneproof.reports.model_evidence import ModelEvidence

UNKNOWN_LICENCE = "unknown"
# Those of Hugging Face's list that documentation and small models come under; any other is `other` with its name.
LISTED_LICENCES = frozenset({
    "apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0",
    "cc-by-sa-4.0", "cc-by-nc-4.0", "gpl", "gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "agpl-3.0", "mpl-2.0",
    "isc", "unlicense", "gfdl", "gemma", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "odc-by", "pddl",
    "other", "unknown",
})  # fmt: skip
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What a dataset's card says beside its verdict; ``sources`` are (name, licence or None, rows from it)."""

    name: str
    snapshot_id: str
    sha256: str
    created_at: str
    language: str
    counts: Mapping[str, int]
    sources: Sequence[tuple[str, str | None, int]]
    origins: Mapping[str, int]
    case_types: Mapping[str, int]
    reviewed: int
    sensitive: bool

    @property
    def licence(self) -> str:
        """The one licence of all sources, ``other`` if there are several, ``unknown`` if one has none."""
        found = {licence for _, licence, _ in self.sources}
        if not found or None in found:
            return UNKNOWN_LICENCE
        return str(next(iter(found))).lower() if len(found) == 1 else "other"

    @property
    def synthetic(self) -> bool:
        """Whether a machine wrote any row."""
        return bool(set(self.origins) - {"human", "import"})

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's card says beside its verdict; ``relation`` is Hugging Face's word for it.

    ``sources`` are (name, licence or None, rows trained on); ``rates`` are how often the gate itself is wrong.
    """

    name: str
    base: str
    licence: str
    relation: str
    library: str
    language: str
    run_id: str
    snapshot_id: str
    manifest: Mapping[str, Any]
    use: str
    evidence: ModelEvidence | None = None
    data_verdict: Verdict | None = None
    sources: Sequence[tuple[str, str | None, int]] = ()
    rates: Sequence[Rate] = ()


def dataset_card(facts: DatasetFacts, verdict: Verdict | None) -> str:
    """Return the card of a dataset folder whose rows lie in ``data/SPLIT.jsonl``."""
    splits = [split for split, count in facts.counts.items() if count]
    head: dict[str, Any] = {
        "pretty_name": facts.name,
        "language": [facts.language],
        **_licence(facts.licence, "several"),
        "task_categories": ["text-generation", "question-answering"],
        "size_categories": [next((word for limit, word in _SIZES if facts.rows < limit), "n>1M")],
        "tags": ["tuneproof", "instruction-tuning", *(["synthetic"] if facts.synthetic else [])],
        "configs": [{"config_name": "default", "data_files": [
            {"split": split, "path": f"data/{split}.jsonl"} for split in splits
        ]}],
    }  # fmt: skip
    parts = [
        f"# {escaped(facts.name)}",
        "Questions and answers made from documentation, each with the way back to the bytes it came from.",
        f"Snapshot `{facts.snapshot_id}`, frozen {facts.created_at}, SHA-256 `{facts.sha256}`.",
        "## Is it fit to train on?",
        *_verdict(verdict, "Nobody has judged this data: run `tuneproof gate`."),
        "## What is in it",
        _table(("split", "rows"), [(split, f"{count:,}") for split, count in facts.counts.items()]),
        _table(("origin", "rows"), [(name, f"{count:,}") for name, count in facts.origins.items()]),
        _table(("kind of question", "rows"), [(name, f"{count:,}") for name, count in facts.case_types.items()]),
        f"A person has accepted {facts.reviewed:,} of {facts.rows:,} rows." +
        (" The domain is declared sensitive." if facts.sensitive else ""),
        "Splits are by document: no document has rows on two sides. `lineage.jsonl` names, for each row in order of "
        "train, validation and test, its source, path, byte span and generator.",
        "## Where it comes from",
        _table(("source", "licence", "rows"),
               [(name, licence or "not stated", f"{count:,}") for name, licence, count in facts.sources]),
        "## Loading it",
        "```python\nfrom datasets import load_dataset\n\nrows = load_dataset(\"path/to/this/folder\")\n```",
    ]  # fmt: skip
    return _card(head, parts)


def model_card(facts: ModelFacts, verdict: Verdict | None, override: str | None) -> str:
    """Return the card of a merged model, an adapter or a GGUF file; ``override`` is why it left despite its verdict."""
    head: dict[str, Any] = {
        "language": [facts.language],
        **_licence(facts.licence, "the base's"),
        "library_name": facts.library,
        **({"base_model": facts.base, "base_model_relation": facts.relation} if facts.base.count("/") == 1 else {}),
        "pipeline_tag": "text-generation",
        "tags": ["tuneproof", "lora"],
    }
    results = [*_results(verdict), *evidence_results(facts.evidence)]
    if results:
        head["model-index"] = [{"name": facts.name, "results": results}]
    stated = facts.manifest.get("settings") or {}
    settings = [
        (name, stated[name])
        for name in ("epochs", "learning_rate", "rank", "alpha", "batch_size", "seed")
        if name in stated
    ]
    parts = [
        f"# {escaped(facts.name)}",
        f"`{facts.base}` tuned by tuneproof: run `{facts.run_id}` on snapshot `{facts.snapshot_id}`.",
        *([f"> **Override.** Handed on against its verdict: {escaped(override)}"] if override else []),
        *([f"> **Override.** Trained against the data verdict: {escaped(str(facts.manifest['override']))}"]
          if facts.manifest.get("override") else []),
        "## Is it better than its base?",
        *_verdict(verdict, "Nobody has judged this model: run `tuneproof evaluate`."),
        *evidence_parts(facts.evidence, facts.data_verdict, facts.sources, facts.rates),
        "## Using it",
        facts.use,
        "## How it was trained",
        _table(("setting", "value"), [(name, str(value)) for name, value in settings]),
        "What it was not examined for is not known: the checks above are all there is.",
    ]  # fmt: skip
    return _card(head, parts)


def _licence(licence: str, name: str) -> dict[str, str]:
    if licence in LISTED_LICENCES and licence != "other":
        return {"license": licence}
    return {
        "license": "other",
        "license_name": name if licence == "other" else licence,
        "license_link": "README.md",
    }


def _card(head: Mapping[str, Any], parts: Sequence[str]) -> str:
    import yaml

    front = yaml.safe_dump(dict(head), sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n" + "\n\n".join(part for part in parts if part) + "\n"


def _verdict(verdict: Verdict | None, missing: str) -> list[str]:
    if verdict is None:
        return [missing]
    rows = [(row.check.id, row.word, row.figure, row.limit, row.interval, row.based_on) for row in check_rows(verdict)]
    cause = f" Cause: {', '.join(escaped(one.replace('_', ' ')) for one in verdict.cause)}." if verdict.cause else ""
    return [
        f"**{verdict.verdict}.** {escaped(one_line(verdict))}{cause}",
        f"{tally(verdict)}. Judged {figures.moment(verdict.as_of)}, verdict `{verdict.verdict_id}`, "
        f"policy `{verdict.policy_sha256[:16]}`.",
        _table(("check", "status", "figure", "wanted", "interval", "from"), rows),
    ]


def _results(verdict: Verdict | None) -> list[dict[str, Any]]:
    if verdict is None:
        return []
    metrics = [
        {"type": check.id, "name": f"{check.title} ({check.unit})" if check.unit else check.title, "value": check.value}
        for check in verdict.checks
        if check.value is not None and check.status != "skipped"
    ]
    if not metrics:
        return []
    dataset = {"name": "the verdict's held-out documentation and general probes", "type": "tuneproof"}
    return [{"task": {"type": "text-generation"}, "dataset": dataset, "metrics": metrics}]
