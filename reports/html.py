"""A verdict and its evidence as one HTML page that opens from disk and asks the network for nothing.

Knows the templates and how text becomes safe: Jinja escapes markup, and before that every string passes through
``visible``, so that control and bidirectional characters of other people's documents show instead of act. A content
security policy in the page allows its own style and its own script, by hash, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tuneproof.reports import figures
from tuneproof.reports.characters import one_line as flat
from tuneproof.reports.characters import visible
from tuneproof.reports.check_rows import check_rows
from tuneproof.reports.data_page import data_context
from tuneproof.reports.model_page import model_context
from tuneproof.reports.summary import cause_words, one_line, tally

if TYPE_CHECKING:
    from jinja2 import Environment

    from tuneproof.datasets.verdict.verdict import Verdict
    from tuneproof.reports.evidence import ReportEvidence


def render_html(verdict: Verdict, evidence: ReportEvidence) -> str:
    """Return the whole page of a verdict."""
    script = asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    context: dict[str, Any] = {
        "verdict": verdict,
        "sentence": one_line(verdict),
        "tally": tally(verdict),
        "causes": [(cause, cause_words(cause)) for cause in verdict.cause],
        "checks": check_rows(verdict),
        "waived": [check for check in verdict.checks if check.waiver is not None],
        "snapshot": evidence.snapshot,
        "removed": evidence.removed,
        "style": Markup(asset("page.css")),
        "script": Markup(script),
        "script_hash": Markup(digest),
    }
    if evidence.data is not None:
        context |= data_context(verdict, evidence)
    else:
        context |= model_context(verdict, evidence)
    return environment().get_template(f"{verdict.kind}.html.j2").render(context)


@cache
def environment() -> Environment:
    """Return the templates, with every string escaped and made visible."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=figures.count,
        number=figures.number,
        percent=figures.percent,
        moment=figures.moment,
        flat=flat,
    )
    return environment


def _shown(value: object) -> object:
    # Text that is markup of our own was made safe where it was made.
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


@cache
def asset(name: str) -> str:
    """Return the text of a file in ``templates``."""
    return (files("tuneproof.reports") / "templates" / name).read_text("utf-8")
