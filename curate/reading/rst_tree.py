"""Parse reStructuredText with docutils, directives of every dialect kept, and say on which line each part begins.

Knows docutils. Directives are never run: nothing is read from other files, nothing raw is let through, and what Sphinx
or its extensions would make of a page is kept as written. It must not cut, nor render.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from docutils import frontend, nodes, utils
from docutils.parsers.rst import Directive, Parser, directives
from docutils.parsers.rst.states import Inliner

_CODE_NAMES = (
    "code code-block sourcecode parsed-literal doctest testcode testoutput prompt ipython console literal jinja"
    " productionlist graphviz mermaid uml math"
)
CODE_DIRECTIVES = frozenset(_CODE_NAMES.split())
# Directives that a page generator fills: what they hold here is an instruction to it, not text.
_SILENT_NAMES = (
    "toctree contents image figure raw include meta index currentmodule module py:currentmodule py:module highlight"
    " default-role role target-notes sectnum header footer title date replace unicode literalinclude autosummary"
    " tabularcolumns acks glossary-index jinja2 plot"
)
_SILENT = frozenset(_SILENT_NAMES.split())
_OBJECT = re.compile(
    r"^(?:(?:py|c|cpp|js|rst|http|std|cmdoption|ruby|php|go|rb):)?(?:auto)?"
    r"(?:function|class|method|staticmethod|classmethod|coroutinefunction|decorator|decoratormethod|attribute|data"
    r"|property|exception|module|object|option|cmdoption|envvar|confval|setting|describe|macro|struct|type|var|member"
    r"|enum|enumerator|program|program-output|command|click|directive|role|get|post|put|patch|delete|head|options)$"
)
_DIRECTIVE_NAME = re.compile(r"\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?([A-Za-z][\w:.+-]*?)[ \t]?::")
_OPTION = re.compile(r"^:([\w-]+):(?:\s+(.*))?$")
_TARGETED = re.compile(r"^(.*?)\s*<([^<>]*)>$", re.DOTALL)
# An inline parser looks for the end of each mark it meets: over a paragraph that long it would take too much time.
_LONGEST_INLINE = 20_000


@dataclass(frozen=True, slots=True)
class RstTree:
    """The tree of a document, and its title: the first heading."""

    root: nodes.document
    title: str


class Kept(nodes.General, nodes.Element):  # type: ignore[misc]
    """A directive as it is written: ``name``, ``argument``, ``options`` and the nodes of its content.

    ``line`` is its first line (from 1), ``last`` the line after it (from 0).
    """


class _KeepDirective(Directive):  # type: ignore[misc]
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return one node that holds what the directive says, its content parsed where that is text."""
        kept = Kept()
        kept.line = self.lineno
        lines = list(self.content)
        first = self.block_text.split("\n", 1)[0].partition("::")[2].strip()
        used = 1 if first and lines else 0
        options: dict[str, str] = {}
        while used < len(lines) and (option := _OPTION.match(lines[used].strip())) and self.name not in _FIELDS:
            options[option.group(1)] = option.group(2) or ""
            used += 1
        is_code = self.name in CODE_DIRECTIVES
        is_object = _OBJECT.match(self.name) is not None
        takes_argument = is_code or is_object or self.name in _TITLED
        if first and not takes_argument:
            # Its first line is text already: ".. note:: Mind the gap."
            used = 0
        while is_object and used < len(lines) and lines[used].strip() and not _OPTION.match(lines[used].strip()):
            # Further signatures of one object stand under the first.
            first += "\n" + lines[used].strip()
            used += 1
        kept["name"], kept["argument"], kept["options"] = (
            self.name,
            first if takes_argument or not lines else "",
            options,
        )
        kept["is_object"] = is_object
        kept["last"] = self.lineno - 1 + len(self.block_text.rstrip().split("\n"))
        content = self.content[used:]
        if is_code or self.name in _VERBATIM:
            body = "\n".join(content).strip("\n")
            kept += nodes.literal_block(body, body, language=first.split()[0] if first.split() else "")
        elif self.name not in _SILENT and content:
            self.state.nested_parse(content, self.content_offset + used, kept)
        return [kept]


_FIELDS = frozenset({"field"})
_VERBATIM = frozenset({"csv-table"})
_TITLED_NAMES = (
    "admonition topic sidebar rubric tab group-tab code-tab tabs table csv-table list-table versionadded"
    " versionchanged versionremoved deprecated figure image toctree contents container class rst-class only ifconfig"
    " dropdown card tab-item tab-set grid grid-item details collapse collapsible role default-role highlight"
    " currentmodule include literalinclude raw index meta centered hlist sectionauthor codeauthor math-label"
)
_TITLED = frozenset(_TITLED_NAMES.split())


_WORDS = frozenset(
    ["ref", "doc", "numref", "abbr", "term", "title", "emphasis", "strong", "guilabel", "dfn", "sup", "sub"]
)


class _PlainInliner(Inliner):  # type: ignore[misc]
    """Reads inline marks; a role is not looked up but kept as its text: code for names, words for references."""

    def parse(self, text: str, lineno: int, memo: Any, parent: Any) -> tuple[list[Any], list[Any]]:
        """Return the inline nodes of ``text``."""
        if len(text) > _LONGEST_INLINE:
            return [nodes.Text(text)], []
        parsed: tuple[list[Any], list[Any]] = super().parse(text, lineno, memo, parent)
        return parsed

    def interpreted(self, rawsource: str, text: str, role: str, lineno: int) -> tuple[list[Any], list[Any]]:
        """Return what a role shows, whatever role it is."""
        del lineno
        name = role.rpartition(":")[2].lower()
        # docutils hands over a role's text as it is written, backslashes and all.
        shown = re.sub(r"\\(\S)", r"\1", utils.unescape(text))
        targeted = _TARGETED.match(shown)
        if targeted and targeted.group(1):
            shown = targeted.group(1)
        elif name in ("ref", "doc", "numref", "any", "download") and (targeted or name != "any"):
            words = (targeted.group(2) if targeted else shown).rpartition("/")[2]
            shown = re.sub(r"[_-]+", " ", words)
        if name in (
            "ref",
            "doc",
            "numref",
            "abbr",
            "term",
            "title",
            "emphasis",
            "strong",
            "guilabel",
            "dfn",
            "sup",
            "sub",
        ):
            return [nodes.Text(shown)], []
        if name in ("pep", "rfc"):
            return [nodes.Text(f"{name.upper()} {shown}")], []
        if name in ("issue", "pr", "gh", "ghissue", "pull"):
            return [nodes.Text(f"#{shown}")], []
        return [nodes.literal(rawsource, re.sub(r"^[~!.]+", "", _last_part(shown)))], []


# docutils builds its patterns from what the class itself holds, not from what it inherits.
for _name, _pattern in vars(Inliner).items():
    if isinstance(_pattern, str) and not _name.startswith("__"):
        setattr(_PlainInliner, _name, _pattern)


def _last_part(name: str) -> str:
    return name.rpartition(".")[2] if name.startswith("~") else name


@lru_cache(maxsize=4)
def parse_rst(content: str) -> RstTree:
    """Return the tree of ``content``, in which ``line`` counts from 1 and a byte order mark is no part of a line.

    May raise what docutils raises on a text that it was not made for.
    """
    content = content.removeprefix("\ufeff")
    for name in {match.group(1).lower() for match in _DIRECTIVE_NAME.finditer(content)}:
        directives.register_directive(name, _KeepDirective)
    settings = frontend.get_default_settings(Parser)
    settings.report_level, settings.halt_level = 5, 5
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.line_length_limit = 1_000_000
    settings.warning_stream = io.StringIO()
    root = utils.new_document("document", settings)
    Parser(inliner=_PlainInliner()).parse(content, root)
    return RstTree(root, next((title_of(section) for section in root.findall(nodes.section)), ""))


def title_of(section: Any) -> str:
    """Return the words of a section's heading; what a page generator would put in (``|version|``) is none of them."""
    parts = [text.astext() for text in section[0].findall(nodes.Text) if not _is_substituted(text)]
    return " ".join("".join(parts).split()) or " ".join(section[0].astext().split())


def _is_substituted(text: Any) -> bool:
    return isinstance(text.parent, nodes.substitution_reference)


def sections(root: nodes.document) -> Iterator[tuple[nodes.section, tuple[str, ...]]]:
    """Yield every section with its path of titles, in order."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, nodes.section):
            path = (*path, title_of(node))
            yield node, path
        waiting.extend((child, path) for child in reversed(node.children) if isinstance(child, nodes.section))
