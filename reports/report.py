"""The files of a report: HTML for people, Markdown for a pull request, JSON for programs, JUnit for CI.

Knows where they go and that each is written whole or not at all. All are renderings of one verdict.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneproof.datasets.workspace.atomic import write_json_atomic, write_text_atomic
from tuneproof.datasets.workspace.errors import WorkspaceError
from tuneproof.reports.error_page import cause_document, error_document
from tuneproof.reports.evidence import gather
from tuneproof.reports.html import render_html
from tuneproof.reports.junit import render_junit
from tuneproof.reports.markdown import render_markdown

if TYPE_CHECKING:
    import duckdb

    from tuneproof.datasets.verdict.verdict import Verdict
    from tuneproof.reports.model_evidence import ModelEvidence


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the renderings of one verdict lie; ``evidence`` is what a program may want beside a model's verdict."""

    html: Path
    markdown: Path
    json: Path
    junit: Path
    evidence: Path | None = None


def evidence_document(model: ModelEvidence) -> dict[str, Any]:
    """Return as plain JSON values what a model's report shows beside its verdict and judges nothing."""
    return {
        "run_id": model.run.run_id if model.run else None,
        "causes": cause_document(model.diagnoses),
        "errors": error_document(model.errors),
        "measures": asdict(model.measures),
    }


def write_report(
    con: duckdb.DuckDBPyConnection, verdict: Verdict, folder: Path, snapshots: Path | None = None
) -> ReportFiles:
    """Write ``verdict.{json,xml,md,html}`` into ``folder``, which is made if it is not there.

    A model's report has ``evidence.json`` beside them: what is shown but judges nothing.

    The connection is only read from; ``snapshots`` is the folder of frozen sets, if it is at hand. Writing again
    replaces the files.

    Raises:
        WorkspaceError: the folder can't be written to.
    """
    evidence = gather(con, verdict, snapshots)
    shown = folder / "evidence.json" if evidence.model is not None else None
    html, markdown, json, xml = (folder / f"verdict.{ending}" for ending in ("html", "md", "json", "xml"))
    files = ReportFiles(html, markdown, json, xml, shown)
    page, comment, junit = render_html(verdict, evidence), render_markdown(verdict, evidence), render_junit(verdict)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json_atomic(files.json, verdict.to_document())
        write_text_atomic(files.junit, junit)
        write_text_atomic(files.markdown, comment)
        write_text_atomic(files.html, page)
        if shown is not None and evidence.model is not None:
            write_json_atomic(shown, evidence_document(evidence.model))
    except OSError as error:
        raise WorkspaceError(
            f"The report can't be written to {folder}: {error.strerror}.", "Free some space or mend its rights."
        ) from error
    return files
