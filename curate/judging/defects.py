"""Checks of the data gate on single pairs' defects: how large a share of the set has each, against the policy's limits.

Knows findings by the names of their checks, and limits. It must not know how a defect is found, waivers, nor how
checks add up to a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

from tuneproof.curate.judging.gate_inputs import IN_SET, GateInputs, first_ids, graded, share_of
from tuneproof.datasets.verdict.verdict import Check, Evidence, Status
from tuneproof.datasets.workspace.config import Config


@dataclass(frozen=True, slots=True)
class _Defect:
    """A defect by the name of its finding, and what the gate calls it, says of it, and advises."""

    name: str
    title: str
    said: str
    remedy: str


_EDIT = "Edit or reject these pairs in review."
DEFECTS = (
    _Defect(
        "ungrounded", "Answers say what their source says",
        "state a number, name, path or quotation that their source lacks",
        "Compare these answers with their source in review; edit or reject what it does not say.",
    ),
    _Defect("needs_page", "Questions stand alone", "ask what only a reader of their page understands", _EDIT),
    _Defect("truncated_answer", "Answers are whole", "have an answer that stops short", _EDIT),
    _Defect("unparsable_code", "Code can be read", "have a code block that its language's parser can't read", _EDIT),
    _Defect(
        "mojibake", "Text was decoded right", "have text that was decoded the wrong way",
        "Read the source in its own encoding and build again, or edit these pairs.",
    ),
    _Defect(
        "wrong_language", "Pairs are in the language of the set", "are not in the language that [goal] language names",
        "Reject these pairs, or set [goal] language.",
    ),
    _Defect(
        "off_topic", "Pairs are about the sources", "are far from everything else in the sources",
        "Look at these pairs; exclude documents that should not teach anything.",
    ),
    _Defect(
        "personal_data", "No personal data", "hold what looks like a person's data",
        "Put in what standards reserve for documentation (example.com, 192.0.2.1, 555-0100), or reject the pairs.",
    ),
    _Defect(
        "prompt_injection", "No orders to the reading model", "give orders to the model that reads them",
        "Look at where this text came from before you train on anything else from there; reject the pairs.",
    ),
)  # fmt: skip
CAUSES = {
    "secrets": "secrets",
    "ungrounded": "ungrounded",
    "personal_data": "personal_data",
    "prompt_injection": "prompt_injection",
    "truncated_answer": "truncation",
    "unparsable_code": "broken_code",
    "mojibake": "mojibake",
    "wrong_language": "wrong_language",
    "needs_page": "needs_page",
    "off_topic": "off_topic",
}


def defects(inputs: GateInputs, config: Config) -> list[Check]:
    """Return the checks on the defects of single pairs, and on what may be taught on from each source."""
    limits = config.policy.data.defects
    shares = [_share(inputs, defect, getattr(limits, defect.name)) for defect in DEFECTS]
    return [_secrets(inputs), *shares, _licences(inputs)]


def _flagged(inputs: GateInputs, name: str) -> set[str]:
    return {one.subject_id for one in inputs.findings if one.subject == "pair" and one.check_name == name}


def _evidence(name: str, ids: set[str]) -> Evidence:
    return Evidence(
        "SELECT p.pair_id, f.message, p.question, p.answer FROM findings f JOIN pairs p ON p.pair_id = f.subject_id "
        f"WHERE f.check_name = '{name}' AND {IN_SET} ORDER BY p.pair_id",
        first_ids(ids),
    )


def _share(inputs: GateInputs, defect: _Defect, limits: tuple[float, float]) -> Check:
    rows = [row for row in inputs.rows if row.chunk_ids] if defect.name == "ungrounded" else list(inputs.rows)
    ids = _flagged(inputs, defect.name) & {row.pair_id for row in rows}
    share, (warn, fail) = share_of(len(ids), len(rows)), limits
    status = graded(share, warn, fail) if rows else "skipped"
    unchecked = len(inputs.rows) - len(rows)
    return Check(
        id=defect.name, title=defect.title, status=status, severity="block" if fail < 1 else "warn",
        value=share, unit="share", op="<=", limit=fail if share > fail else warn, n=len(rows),
        message=f"{len(ids)} of {len(rows)} pairs {defect.said}"
        + (f"; {unchecked} rest on no source and can't be checked." if unchecked else "."),
        evidence=_evidence(defect.name, ids), remedy=defect.remedy,
    )  # fmt: skip


def _secrets(inputs: GateInputs) -> Check:
    flagged = _flagged(inputs, "secret")
    inside = flagged & {row.pair_id for row in inputs.rows}
    outside = len(flagged) - len(inside)
    status: Status = "fail" if inside else "warn" if outside else "pass"
    return Check(
        id="secrets", title="No secrets", status=status, severity="block", value=len(inside), unit="pairs", op="<=",
        limit=0, n=len(inputs.rows),
        message=f"{len(inside)} pairs in the set hold what looks like a key, token or password"
        + (f"; {outside} more do and were kept out." if outside else "."),
        evidence=Evidence(
            "SELECT p.pair_id, f.message, d.source, d.path FROM findings f JOIN pairs p ON p.pair_id = f.subject_id "
            "LEFT JOIN documents d ON d.document_id = p.document_id WHERE f.check_name = 'secret' ORDER BY p.pair_id",
            first_ids(flagged),
        ),
        remedy="Take it out of the source, and revoke it: whoever reads the source has it. Then build again.",
    )  # fmt: skip


def _licences(inputs: GateInputs) -> Check:
    used = {row.source for row in inputs.rows if row.source in inputs.licences}
    bare = sorted(name for name in used if name is not None and not inputs.licences[name])
    status: Status = "skipped" if not used else "warn" if bare else "pass"
    listed = f": {', '.join(bare[:5])}{' and more' if len(bare) > 5 else ''}" if bare else ""
    return Check(
        id="licences", title="The licence of each source is known", status=status, severity="warn", value=len(bare),
        unit="sources", op="<=", limit=0, n=len(used),
        message=f"{len(bare)} of {len(used)} sources in the set have no licence recorded{listed}.",
        evidence=Evidence(
            "SELECT source, location FROM sources WHERE licence IS NULL OR licence = '' ORDER BY source",
            tuple(bare[:20]),
        ),
        remedy="Record what you know: tuneproof add LOCATION --licence NAME.",
    )  # fmt: skip
