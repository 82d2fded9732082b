"""Read HTML: its main content as Markdown, with the element that each block came from.

Knows elements, which of them are furniture of the page, and how lxml is kept from fetching or expanding anything. It
must not know what a chunk is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tuneproof.curate.reading import derived
from tuneproof.curate.reading.derived import Derived, Locator, Writer
from tuneproof.curate.reading.html_content import is_furniture, main_content
from tuneproof.curate.reading.unreadable import Unreadable, refusing

_BLOCK_NAMES = (
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form"
    " h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody td tfoot th thead"
    " tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADING = re.compile(r"h([1-6])")
_LANGUAGE_CLASS = re.compile(r"(?:^|\s)(?:language|lang|highlight|brush|sourceCode)[-:\s]\s*([A-Za-z][\w+#.-]*)")
_NO_LANGUAGE = frozenset({"default", "none", "text", "plaintext", "plain", "notranslate", "source"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_ADMONITIONS = frozenset({"admonition", "callout", "alert", "note", "tip", "warning", "important", "caution", "hint"})
_CODE = frozenset({"code", "kbd", "samp", "tt", "var"})
MAX_DEPTH = 150


def read_html(raw: bytes, path: str) -> Derived:
    """Return the main content of a page as Markdown; each place names the element: an id, or its path.

    Entities are not expanded from a document's own declarations, nothing is fetched, and what is nested deeper than
    any page is flattened.

    Raises:
        Unreadable: it is in no encoding that it declares, or holds no text.
    """
    text = _decode(raw, path)
    with refusing(path, "HTML"):
        from lxml import etree, html

        # The bytes are UTF-8 by now, whatever the page says of itself.
        parser = html.HTMLParser(
            encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
        )
        try:
            tree = html.document_fromstring(text.encode(), parser=parser)
        except etree.LxmlError as error:
            raise Unreadable(path, f"not valid HTML: {' '.join(str(error).split())[:120]}") from error
        if any("xcessive depth" in entry.message for entry in parser.error_log):
            raise Unreadable(path, "elements are nested deeper than any page's")
        page = _Page()
        content = main_content(tree)
        page.children(content, _xpath(content), MAX_DEPTH)
        found = page.writer.derived(_title(tree))
    if not found.content:
        raise Unreadable(path, "no text in its main content; a script may draw it")
    return found


def _decode(raw: bytes, path: str) -> str:
    """Decode as UTF-8 unless a byte order mark or a meta element says otherwise."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        declared = _CHARSET.search(raw[:4096])
        encoding = declared.group(1).decode("ascii") if declared else "utf-8"
    for name in dict.fromkeys(("utf-8-sig", encoding)):
        try:
            return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise Unreadable(path, "neither UTF-8 nor the encoding that it declares")


def _title(tree: Any) -> str | None:
    found = tree.find(".//title")
    text = " ".join("".join(found.itertext()).split()) if found is not None else ""
    # Sites append their own name.
    return re.split(r"\s+[—–|·]\s+|\s+-\s+", text)[0].strip(" ¶") or None


def _xpath(element: Any) -> str:
    return str(element.getroottree().getpath(element))


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


@dataclass(slots=True)
class _Page:
    """Walks one page; ``level`` is that of the last heading, ``anchor`` the id nearest above."""

    writer: Writer = field(default_factory=Writer)
    level: int = 1

    def children(self, parent: Any, path: str, depth: int, anchor: str = "") -> None:
        """Write the blocks of ``parent``; text between them is a paragraph of its own."""
        anchor = parent.get("id") or anchor
        locator: Locator = {"selector": f"#{anchor}"} if anchor else {"xpath": path}
        inline: list[str] = [_text(parent.text)]
        counts: dict[str, int] = {}
        for child in parent:
            if not isinstance(child.tag, str):
                inline.append(_text(child.tail))
                continue
            counts[child.tag] = counts.get(child.tag, 0) + 1
            if is_furniture(child):
                inline.append(" ")
            elif _is_block(child):
                self.writer.add(derived.paragraph("".join(inline)), locator)
                inline = []
                self.block(child, f"{path}/{child.tag}[{counts[child.tag]}]", depth - 1, anchor)
            else:
                inline.append(inline_text(child))
            inline.append(_text(child.tail))
        self.writer.add(derived.paragraph("".join(inline)), locator)

    def block(self, element: Any, path: str, depth: int, anchor: str) -> None:
        """Write one block element, or enter it."""
        tag = element.tag
        own = element.get("id") or anchor
        locator: Locator = {"selector": f"#{own}"} if own else {"xpath": path}
        heading = _HEADING.fullmatch(tag)
        if depth <= 0:
            self.writer.add(derived.paragraph(derived.escape("".join(element.itertext()))), locator)
        elif heading:
            self.level = int(heading.group(1))
            self.writer.add(derived.heading(self.level, inline_text(element).strip(" ¶#§")), locator)
        elif tag == "dl":
            self.definitions(element, path, depth, own)
        elif rendered := render(element, depth):
            self.writer.add(rendered, locator)
        elif rendered is None:
            self.children(element, path, depth, own)

    def definitions(self, element: Any, path: str, depth: int, anchor: str) -> None:
        """Write a list of terms; a signature, as API references have them, becomes a heading with what follows."""
        entries: list[str] = []
        locator: Locator = {"selector": f"#{anchor}"} if anchor else {"xpath": path}
        above, term = self.level, ""
        for at, child in enumerate(each for each in element.iter("dt", "dd") if _owner(each) is element):
            inner = f"{path}/{child.tag}[{at + 1}]"
            if child.tag == "dt" and "sig" in " ".join(_classes(child)):
                self.level = above + 1
                own: Locator = {"selector": f"#{child.get('id')}"} if child.get("id") else locator
                signature = " ".join("".join(_kept_text(child)).split()).strip(" ¶#")
                name = child.get("id") or signature.partition("(")[0]
                self.writer.add(derived.heading(self.level, derived.code(name)), own)
                self.writer.add(derived.fence(signature), own)
                term = ""
            elif child.tag == "dt":
                term = f"{term}, {inline_text(child).strip()}" if term else inline_text(child).strip(" ¶")
            elif term:
                entries.append(f"{term.rstrip(': ')}: {_inner(child, depth - 1)}".strip())
                term = ""
            else:
                self.children(child, inner, depth - 1, anchor)
        self.writer.add(derived.items(entries), locator)
        self.level = above


def _owner(element: Any) -> Any:
    parent = element.getparent()
    return parent.getparent() if parent is not None and parent.tag == "div" else parent


def _is_block(element: Any) -> bool:
    if element.tag in _BLOCKS:
        return True
    # A custom element, or an inline one around blocks, is what it holds.
    return element.tag not in _CODE and any(each.tag in _BLOCKS for each in element.iterdescendants())


def render(element: Any, depth: int) -> str | None:
    """Return one block as Markdown, "" if it is empty, None if it is a container to be entered."""
    tag = element.tag
    if tag == "p" and not any(each.tag in _BLOCKS for each in element.iterdescendants()):
        return derived.paragraph(inline_text(element))
    if tag == "pre":
        return derived.fence("".join(_kept_text(element)), _language(element))
    if tag in ("ul", "ol", "menu"):
        rows = [_inner(child, depth - 1) for child in element if child.tag == "li" and not is_furniture(child)]
        return derived.items(rows, ordered=tag == "ol")
    if tag == "table":
        return _table(element)
    if tag in ("hr", "br"):
        return ""
    if tag == "blockquote":
        return derived.quote(_inner(element, depth - 1))
    if tag in ("div", "aside", "section") and _classes(element) & _ADMONITIONS:
        title, _, rest = _inner(element, depth - 1).partition("\n\n")
        # A box that is titled "Note" says so by being one.
        is_plain = title.strip(" :!").lower() in _ADMONITIONS and bool(rest)
        return derived.quote(rest if is_plain else f"{title}\n\n{rest}")
    return None


def _inner(element: Any, depth: int) -> str:
    """Return the blocks of ``element`` as Markdown, as a list entry or a quote holds them."""
    page = _Page()
    if depth <= 0:
        return derived.paragraph(derived.escape("".join(element.itertext())))
    page.children(element, "", depth)
    # A heading inside an entry would open a section that ends with the list: there it is a line.
    parts = [re.sub(r"^#{1,6} ", "", part) for part in page.writer.parts]
    if element.tag == "li" and len(parts) == 2 and re.match(r"[-\d]", parts[1]):
        return "\n".join(parts)
    return "\n\n".join(parts)


def _table(element: Any) -> str | None:
    """Return a table's rows; one that only lays out the page, or numbers lines of code, is entered instead."""
    if any(each.tag in ("pre", "table", "h1", "h2", "h3") for each in element.iterdescendants()):
        return None
    rows: list[list[str]] = []
    head = False
    for row in element.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        head = head or (not rows and any(cell.tag == "th" for cell in cells))
        rows.append([])
        for cell in cells:
            span = cell.get("colspan") or "1"
            text = inline_text(cell).strip()
            rows[-1].extend([text] + [""] * (min(int(span), 50) - 1 if span.isdecimal() else 0))
    return derived.table(rows, has_head=head)


def _language(element: Any) -> str:
    found = [element, *element.iter("code")]
    parent = element.getparent()
    for _ in range(3):
        if parent is not None and parent.tag == "div":
            found.append(parent)
            parent = parent.getparent()
    for each in found:
        name = each.get("data-lang") or each.get("data-language") or ""
        match = _LANGUAGE_CLASS.search(each.get("class") or "")
        name = name or (match.group(1) if match else "")
        if name and name.lower() not in _NO_LANGUAGE:
            return str(name).lower()
    return ""


def _kept_text(element: Any) -> list[str]:
    """Return the text inside ``element`` verbatim, line numbers and buttons left out."""
    parts: list[str] = [element.text or ""]
    waiting = [iter(element)]
    tails: list[Any] = []
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            if tails:
                parts.append(tails.pop().tail or "")
            continue
        if child.tag == "br":
            parts.append("\n" + (child.tail or ""))
        elif not isinstance(child.tag, str) or is_furniture(child):
            parts.append(child.tail or "")
        else:
            parts.append(child.text or "")
            waiting.append(iter(child))
            tails.append(child)
    return parts


def _text(text: str | None) -> str:
    if not text:
        return ""
    # Blanks around a piece separate it from its neighbours; escape() takes them off.
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{derived.escape(text)}{after}"


def inline_text(element: Any) -> str:
    """Return what is inside ``element`` as inline Markdown: words and code, no emphasis, no addresses."""
    if element.tag in _CODE:
        return derived.code("".join(_kept_text(element)))
    parts: list[str] = [_text(element.text)]
    waiting = [iter(element)]
    tails: list[Any] = []
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            if tails:
                parts.append(_text(tails.pop().tail))
            continue
        if not isinstance(child.tag, str) or is_furniture(child):
            parts.append(_text(child.tail))
        elif child.tag in _CODE:
            parts.append(derived.code("".join(_kept_text(child))) + _text(child.tail))
        elif child.tag in ("br", "img", "input"):
            parts.append((" " if child.tag == "br" else "") + _text(child.tail))
        else:
            edge = " " if child.tag in _BLOCKS else ""
            parts.append(edge + _text(child.text))
            waiting.append(iter(child))
            tails.append(child)
    return re.sub(r"\s+", " ", "".join(parts))
