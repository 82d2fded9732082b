"""Which part of a page is its content: the element marked as such, else the one that holds most of the words.

Knows the furniture of web pages by element, role and class. It must not write text.
"""

from __future__ import annotations

from typing import Any

_DROPPED_NAMES = (
    "nav header footer aside script style noscript template svg canvas iframe object embed button select textarea"
    " dialog audio video map head meta link base"
)
_DROPPED = frozenset(_DROPPED_NAMES.split())
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu", "toolbar", "dialog"})
_CLASS_NAMES = (
    "headerlink doc-anchor anchor anchor-link header-anchor heading-anchor hash-link permalink linenos linenodiv lineno"
    " sidebar sphinxsidebar toc toctree-wrapper table-of-contents breadcrumb breadcrumbs navbar pagination prev-next"
    " related copybtn copy-button skip-link skip-to-content cookie-banner cookie-consent edit-page visually-hidden"
    " sr-only screen-reader-text"
)
_CLASSES = frozenset(_CLASS_NAMES.split())
_NOTES = frozenset({"note", "tip", "warning", "admonition", "callout", "important", "caution", "alert", "hint"})
# Of the words of a page, this share must lie in one element for the search to go down into it.
_DENSE = 0.7
_CONTAINERS = frozenset({"div", "section", "td", "table", "tbody", "tr", "center", "form", "span"})
_MARKED_SHARE = 0.15


def is_furniture(element: Any) -> bool:
    """Say whether ``element`` is no content: navigation, scripts, hidden parts, the link beside a heading."""
    tag = element.tag
    if not isinstance(tag, str):
        return True
    classes = set((element.get("class") or "").split())
    if tag == "aside":
        return not classes & _NOTES
    if tag == "header":
        # Inside an article the title often stands in one.
        return element.find(".//h1") is None or _within(element, ("nav", "footer")) or element.getparent().tag == "body"
    if tag in _DROPPED:
        return True
    if element.get("role") in _ROLES or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return tag not in ("main", "body", "article", "html")
    if tag in ("main", "body", "article", "html") or not classes & _CLASSES:
        return "display:none" in (element.get("style") or "").replace(" ", "").lower()
    return True


def main_content(tree: Any) -> Any:
    """Return the element that holds the page's content: main, role=main or article, else the densest."""
    body = tree.find(".//body")
    body = tree if body is None else body
    marked = [each for each in body.iter("main", "article", "div", "section") if _is_marked(each)]
    marked = [each for each in marked if not _within(each, ("nav", "footer", "aside"))]
    if marked:
        words = {each: _words(each) for each in marked[:200]}
        mains = [each for each in words if each.tag == "main" or each.get("role") == "main"]
        best = max(mains or words, key=lambda each: words[each])
        if words[best] > _MARKED_SHARE * _words(body):
            return best
    return _densest(body)


def _is_marked(element: Any) -> bool:
    return element.tag in ("main", "article") or element.get("role") == "main"


def _within(element: Any, tags: tuple[str, ...]) -> bool:
    return next(element.iterancestors(*tags), None) is not None


def _densest(body: Any) -> Any:
    """Go down from the body for as long as one child holds nearly all the words that are not in links."""
    current, total = body, _words(body)
    while total:
        children = [(each, _words(each)) for each in current if isinstance(each.tag, str) and not is_furniture(each)]
        children = [(each, words) for each, words in children if each.tag in _CONTAINERS]
        if not children:
            return current
        best, words = max(children, key=lambda entry: entry[1])
        if words < _DENSE * total or _has_own_heading(current):
            return current
        current, total = best, words
    return current


def _has_own_heading(element: Any) -> bool:
    return any(each.tag in ("h1", "h2", "p") for each in element)


def _words(element: Any) -> int:
    """Return how many characters ``element`` holds outside furniture and links; without recursion."""
    total = len((element.text or "").strip())
    waiting = [iter(element)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        total += len((child.tail or "").strip())
        if isinstance(child.tag, str) and child.tag != "a" and not is_furniture(child):
            total += len((child.text or "").strip())
            waiting.append(iter(child))
    return total
