"""Reports: renderings of one verdict that can't disagree with it, open from disk, and let no text act."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.report_workspace import HEALTHY, HOSTILE, MODULES, OVERFIT, fill_workspace, gated, judged
from tuneproof.datasets.verdict.verdict import Check, Evidence, Interval, Verdict, Waiver
from tuneproof.datasets.workspace.errors import WorkspaceError
from tuneproof.datasets.workspace.workspace import Workspace
from tuneproof.reports.evidence import ReportEvidence, gather
from tuneproof.reports.figures import figure
from tuneproof.reports.html import render_html
from tuneproof.reports.markdown import escaped, render_markdown
from tuneproof.reports.report import ReportFiles, write_report
from tuneproof.reports.summary import one_line, plain_lines

VOID = {"meta", "link", "br", "hr", "img", "input", "circle", "path", "rect", "line"}


@dataclass(frozen=True)
class Written:
    """A verdict with its evidence and the files that were written of it."""

    verdict: Verdict
    evidence: ReportEvidence
    files: ReportFiles

    @property
    def html(self) -> str:
        return self.files.html.read_text("utf-8")

    @property
    def markdown(self) -> str:
        return self.files.markdown.read_text("utf-8")


class Page(HTMLParser):
    """Collects tags, attributes, ids and text of a page, and fails on tags that do not close."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, (tag, self.open[-4:])
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Written]:
    root = tmp_path_factory.mktemp("reports")
    workspace = fill_workspace(root / "workspace", modules=MODULES[:32])
    data = gated(workspace)
    verdicts = {"data": data, "model": judged(workspace, data, HEALTHY), "overfit": judged(workspace, data, OVERFIT, 1)}
    with workspace.read() as con:
        return {
            name: Written(verdict, gather(con, verdict), write_report(con, verdict, root / verdict.verdict_id))
            for name, verdict in verdicts.items()
        }


@pytest.fixture(params=["data", "model", "overfit"])
def report(request: pytest.FixtureRequest, written: dict[str, Written]) -> Iterator[Written]:
    yield written[request.param]


def test_json_is_the_verdict_itself(report: Written) -> None:
    document = json.loads(report.files.json.read_text("utf-8"))
    assert document == report.verdict.to_document()
    assert Verdict.from_document(document).verdict_id == report.verdict.verdict_id


def test_junit_fails_exactly_where_the_verdict_does(report: Written) -> None:
    suite = ElementTree.fromstring(report.files.junit.read_text("utf-8"))
    cases = suite.findall("testcase")
    blocked = [check for check in report.verdict.checks if check.status == "fail" and check.severity == "block"]
    assert len(cases) == int(suite.attrib["tests"]) == len(report.verdict.checks)
    assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"]) == len(blocked)
    assert (int(suite.attrib["failures"]) > 0) == (report.verdict.verdict == "FAIL")
    assert len(suite.findall("testcase/skipped")) == int(suite.attrib["skipped"])


def test_page_shows_the_verdict_its_sentence_and_every_check(report: Written) -> None:
    words = Page(report.html).words
    assert report.verdict.verdict in words
    assert one_line(report.verdict) in words
    for check in report.verdict.checks:
        assert check.title in words
        assert " ".join(check.message.split()) in words


def test_page_counts_each_status_as_the_verdict_does(report: Written) -> None:
    rows = re.findall(r'<tr class="(pass|warn|fail|inconclusive|waived|skipped)"', report.html)
    assert Counter(rows) == Counter(check.status for check in report.verdict.checks)


def test_page_closes_its_tags_and_has_one_main_heading(report: Written) -> None:
    page = Page(report.html)
    assert page.tags["h1"] == 1
    assert page.tags["table"] >= 1
    assert page.tags["caption"] == page.tags["table"]
    assert page.tags["main"] == 1


def test_every_drawing_is_named_or_hidden_from_screen_readers(report: Written) -> None:
    for tag in re.findall(r"<svg\b[^>]*>", report.html):
        assert 'aria-hidden="true"' in tag or re.search(r'role="img" aria-label="[^"]+"', tag), tag


def test_page_asks_the_network_for_nothing(report: Written) -> None:
    page = Page(report.html)
    assert page.tags["img"] == page.tags["iframe"] == page.tags["object"] == page.tags["base"] == 0
    assert page.tags["link"] == 1
    for tag, name, value in page.attributes:
        if name in ("src", "href", "action", "data", "srcset", "xlink:href"):
            assert value.startswith("#") or value == "data:,", (tag, name, value)
    style = re.search(r"<style>(.*?)</style>", report.html, re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]


def test_contents_lead_to_sections_that_exist(report: Written) -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', report.html))
    assert set(re.findall(r'href="#([^"]+)"', report.html)) <= ids


def test_no_figure_is_nan_none_or_infinite(report: Written) -> None:
    shown = re.findall(r'class="(?:value|big|plot-figure|num|note|small)"[^>]*>([^<]*)', report.html)
    assert len(shown) > 20
    drawn = re.findall(r' (?:d|x|y|width|height|style)="([^"]*)"', report.html)
    table = [line for line in report.markdown.splitlines() if line.startswith(("|", "- "))]
    for text in (*shown, *drawn, *(cell for line in table for cell in line.split("|")[2:5])):
        assert not re.search(r"\b(nan|inf|None|Undefined)\b", text), text


def test_only_the_pages_own_script_may_run(report: Written) -> None:
    page = Page(report.html)
    assert page.tags["script"] == 1
    assert not [entry for entry in page.attributes if entry[1].startswith("on")]
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and "default-src 'none'" in value)
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline'" not in policy.split("script-src")[1]


def test_hostile_text_is_shown_and_does_nothing(written: dict[str, Written]) -> None:
    verdict, evidence = written["data"].verdict, written["data"].evidence
    assert evidence.data is not None
    samples = tuple(replace(evidence.data.samples[0], question=question, answer=answer) for question, answer in HOSTILE)
    html = render_html(verdict, replace(evidence, data=replace(evidence.data, samples=samples)))
    page = Page(html)
    assert page.tags["script"] == 1 and page.tags["img"] == 0
    assert "<script>alert('owned')</script>" in page.words
    assert "{{ 7 * 7 }} and {% raw %}" in page.words
    assert "⟨U+202E⟩" in page.words and "␛" in page.words and "␀" in page.words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", html)


def test_override_stands_on_the_page_and_in_the_comment(written: dict[str, Written]) -> None:
    report = written["overfit"]
    assert report.verdict.override == "Show <b>what</b> fifteen pairs do"
    assert "Show <b>what</b> fifteen pairs do" in Page(report.html).words
    assert r"Show \<b\>what\</b\> fifteen pairs do" in report.markdown
    assert "Override" not in written["model"].markdown


def test_comment_fits_a_pull_request(report: Written) -> None:
    assert len(report.markdown) < 9_000
    assert report.markdown.startswith("## ")
    assert report.verdict.verdict in report.markdown.splitlines()[0]
    for line in report.markdown.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line


def test_comment_names_what_failed_before_what_passed(written: dict[str, Written]) -> None:
    markdown = written["overfit"].markdown
    failed, passed = markdown.index("| Fail |"), markdown.index("| Pass |")
    assert failed < markdown.index("<details>") < passed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("<img src=x>", r"\<img src=x\>"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("line\n# two", r"line \# two"),
        ("@everyone", "@\u2060everyone"),
        ("http://evil.example", "http://\u2060evil.example"),
        ("\u202eoff", "⟨U+202E⟩off"),
    ],
)
def test_markdown_of_others_can_not_act(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_data_report_accounts_for_every_pair_once(written: dict[str, Written]) -> None:
    evidence = written["data"].evidence
    assert evidence.data is not None and evidence.snapshot is not None
    data = evidence.data
    assert sum(count.amount for count in data.left_out) + data.in_set == data.pairs
    assert data.in_set == evidence.snapshot.rows
    assert sum(row.train + row.validation + row.test for row in data.cases) == data.in_set
    assert sum(topic.amount for topic in data.topics) == data.in_set
    assert 0 < data.reviewed < data.in_set
    assert {"rejected in review", "merged into a pair that says the same", "over budget: its quota was full"} <= {
        count.label for count in data.left_out
    }


def test_openers_are_counted_as_the_gate_counts_them(written: dict[str, Written]) -> None:
    report = written["data"]
    check = report.verdict.check("opener_share")
    assert check is not None and report.evidence.data is not None
    assert repr(report.evidence.data.openers[0].label) in check.message


def test_pairs_that_wait_for_review_are_counted_when_only_accepted_ones_are_in(tmp_path: Path) -> None:
    workspace = fill_workspace(tmp_path / "strict", modules=MODULES[:12], hostile=False)
    path = workspace.root / "tuneproof.toml"
    path.write_text(path.read_text("utf-8") + "\n[policy.review]\nmin_share = 0.9\n", "utf-8")
    workspace = Workspace.find(workspace.root)
    verdict = gated(workspace)
    with workspace.read() as con:
        data = gather(con, verdict).data
    assert data is not None
    assert data.reviewed == data.in_set
    waiting = {count.label: count.amount for count in data.left_out}["not accepted in review yet"]
    assert waiting > 0
    assert sum(count.amount for count in data.left_out) + data.in_set == data.pairs


def test_gains_agree_with_the_checks_that_judged_them(written: dict[str, Written]) -> None:
    for name in ("model", "overfit"):
        report = written[name]
        model = report.evidence.model
        assert model is not None
        gain = report.verdict.check("D1.gain")
        held = next(one for one in model.gains if one.label == "Held-out documents")
        assert gain is not None
        assert held.mean == pytest.approx(gain.value)
        assert (held.n, held.groups) == (gain.n, gain.clusters)
        for text in model.texts:
            check = report.verdict.check(f"D2.{text.label}")
            assert check is not None and text.mean == pytest.approx(check.value)
        for suite in model.suites:
            check = report.verdict.check(f"D3.{suite.name}")
            assert check is None or suite.change == pytest.approx(check.value)
        overfitting = report.verdict.check("D4.overfitting")
        assert overfitting is not None and model.ratio == pytest.approx(overfitting.value)


def test_a_run_that_the_workspace_does_not_know_still_gives_a_page(tmp_path: Path) -> None:
    Workspace.init(tmp_path)
    verdict = Verdict("model", "nowhere", "INCONCLUSIVE", (), "2026-11-20T10:00:00+00:00", "0" * 64, ())
    with Workspace.find(tmp_path).read() as con:
        files = write_report(con, verdict, tmp_path / "reports" / "x")
    words = Page(files.html.read_text("utf-8")).words
    assert "The workspace does not know this run." in words
    assert "This verdict has no checks." in words


def test_an_empty_workspace_says_so_section_by_section(tmp_path: Path) -> None:
    Workspace.init(tmp_path)
    verdict = Verdict("data", "nowhere", "FAIL", ("too_few_pairs",), "2026-11-20T10:00:00+00:00", "0" * 64, ())
    with Workspace.find(tmp_path).read() as con:
        files = write_report(con, verdict, tmp_path / "reports" / "x")
    words = Page(files.html.read_text("utf-8")).words
    for sentence in (
        "No pair was left out.", "No two pairs repeat each other.", "There are no pairs in the set to show.",
        "The workspace names no source.", "No check is waived.",
    ):  # fmt: skip
        assert sentence in words


def test_wrong_answers_stand_on_the_page_in_the_comment_and_in_the_json(written: dict[str, Written]) -> None:
    for name in ("model", "overfit"):
        report = written[name]
        assert report.evidence.model is not None and report.files.evidence is not None
        groups = report.evidence.model.errors
        document = json.loads(report.files.evidence.read_text("utf-8"))
        assert [(one["by"], one["name"], one["wrong"]) for one in document["errors"]] == [
            (group.by, group.name, group.wrong) for group in groups
        ]
        words = Page(report.html).words
        assert "24 held-out questions answered by both models" in words
        assert "By kind of question" in words
        for group in groups:
            assert group.by == "role" or " ".join(group.title.split()) in words
        assert "**Where it goes wrong**" in report.markdown
        assert "Of 24 answers to held-out questions" in report.markdown
    assert written["data"].files.evidence is None


def test_writing_again_replaces_the_files_and_leaves_no_remains(tmp_path: Path, written: dict[str, Written]) -> None:
    verdict = written["data"].verdict
    Workspace.init(tmp_path)
    with Workspace.find(tmp_path).read() as con:
        for _ in range(2):
            write_report(con, verdict, tmp_path / "here")
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "verdict.html", "verdict.json", "verdict.md", "verdict.xml"
    ]  # fmt: skip


def test_a_folder_that_is_a_file_is_an_error_with_a_hint(tmp_path: Path, written: dict[str, Written]) -> None:
    Workspace.init(tmp_path)
    (tmp_path / "taken").write_text("", "utf-8")
    with Workspace.find(tmp_path).read() as con, pytest.raises(WorkspaceError, match="can't be written") as raised:
        write_report(con, written["data"].verdict, tmp_path / "taken")
    assert raised.value.hint


def test_waived_and_odd_figures_are_written_out() -> None:
    waiver = Waiver("leak", "Ana <ana@example.com>", "Known | accepted", "2027-01-31")
    checks = (
        Check("leak", "Leak", "waived", "block", 0.031, "share", "<=", 0.0, "Some leak.", waiver=waiver, n=31),
        Check("odd", "Odd", "inconclusive", "block", None, "nats/token", "<=", 0.1, "No number.",
              interval=Interval(None, 0.2), level=0.95),
        Check("none", "None there", "skipped", "info", None, "pairs", ">=", None, "Not asked.",
              evidence=Evidence("SELECT '</code><script>' AS x", ("<id>",))),
    )  # fmt: skip
    verdict = Verdict("data", "s", "INCONCLUSIVE", (), "2026-11-20T10:00:00+00:00", "0" * 64, checks)
    evidence = ReportEvidence(None, model=None, data=None)
    markdown = render_markdown(verdict, evidence)
    assert r"Known \| accepted" in markdown and "Ana \\<ana@\u2060example.com\\>" in markdown
    assert "| Waived | Leak | 3.1% | at most 0% |" in markdown
    lines = "\n".join(plain_lines(verdict))
    assert "waived by Ana" in lines and "no figure" in lines


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "share", "–"),
        (float("nan"), "nats/token", "–"),
        (float("inf"), "", "–"),
        (0.1249, "share of items", "12.5%"),
        (0.2, "share", "20%"),
        (-0.0004, "share", "0%"),
        (-0.012, "accuracy", "−1.2 pt"),
        (0.03149, "nats/token", "+0.031 nats/token"),
        (1, "pairs", "1 pair"),
        (12345, "pairs", "12,345 pairs"),
        (0.599, "ratio", "59.9%"),
        (1, "same", "the same"),
        (1234.5, "s", "1,234 s"),
    ],
)
def test_figures_have_few_digits_and_a_unit(value: float | None, unit: str, shown: str) -> None:
    assert figure(value, unit) == shown


def test_sentences_follow_the_verdict() -> None:
    gain = Check("D1.gain", "Gain", "pass", "block", 1.0, "nats/token", ">", 0.0, "m", n=90, clusters=12)
    text = Check("D2.prose", "Prose kept", "pass", "block", 0.01, "nats/token", "<=", 0.1, "m")
    passed = Verdict("model", "r", "PASS", (), "2026-11-20T10:00:00+00:00", "0" * 64, (gain, text))
    assert one_line(passed) == (
        "The tuned model is better on 12 parts of the documentation it never saw, and forgot nothing measurable."
    )
    warned = replace(passed, checks=(gain, replace(text, status="warn")))
    assert "look at what it may have lost: Prose kept" in one_line(warned)
    alone = replace(passed, checks=(gain,))
    assert "forgot" not in one_line(alone)
    failed = replace(passed, verdict="FAIL", cause=("overfitting", "a_new_cause"))
    assert one_line(failed) == (
        "Do not ship this model: it learnt its training pairs by heart and carries little over to new documents, and "
        "a new cause."
    )
    unsure = replace(passed, verdict="INCONCLUSIVE", checks=(replace(gain, status="inconclusive"), text))
    assert one_line(unsure) == "It can't be said yet whether this model is better: Gain."
