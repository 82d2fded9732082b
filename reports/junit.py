"""A verdict as JUnit XML, which CI systems show as tests: one case a check.

Knows that format. A check that fails and can block is a failure; what is waived, skipped or not settled is skipped
with its reason, as is a failing check that only advises: the suite fails exactly where the verdict is FAIL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tuneproof.reports.characters import one_line as flat
from tuneproof.reports.characters import visible
from tuneproof.reports.summary import WORDS, measured, one_line

if TYPE_CHECKING:
    from tuneproof.datasets.verdict.verdict import Check, Verdict

_ASIDE = frozenset({"inconclusive", "waived", "skipped"})


def render_junit(verdict: Verdict) -> str:
    """Return the XML document of a verdict."""
    failures = sum(_fails(check) for check in verdict.checks)
    aside = sum(_is_aside(check) for check in verdict.checks)
    suite = ElementTree.Element("testsuite", {
        "name": f"tuneproof {verdict.kind} gate",
        "tests": str(len(verdict.checks)),
        "failures": str(failures),
        "skipped": str(aside),
        "errors": "0",
        "timestamp": verdict.as_of[:19],
    })  # fmt: skip
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "verdict": verdict.verdict,
        "verdict_id": verdict.verdict_id,
        "sentence": one_line(verdict),
        "subject": flat(verdict.subject_id),
        "cause": flat(", ".join(verdict.cause)),
    }
    for name, value in facts.items():
        ElementTree.SubElement(properties, "property", {"name": name, "value": value})
    for check in verdict.checks:
        suite.append(_case(verdict.kind, check))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _case(kind: str, check: Check) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", {"classname": f"tuneproof.{kind}", "name": flat(f"{check.id}: {check.title}")}
    )
    said = f"{WORDS[check.status]}: {measured(check)}. {flat(check.message)}"
    if _fails(check):
        failure = ElementTree.SubElement(case, "failure", {"message": said, "type": check.id})
        failure.text = visible("\n".join(part for part in (check.remedy, check.evidence.sql) if part))
    elif _is_aside(check):
        ElementTree.SubElement(case, "skipped", {"message": said})
    elif check.status == "warn":
        ElementTree.SubElement(case, "system-out").text = said
    return case


def _fails(check: Check) -> bool:
    return check.status == "fail" and check.severity == "block"


def _is_aside(check: Check) -> bool:
    return check.status in _ASIDE or (check.status == "fail" and not _fails(check))
