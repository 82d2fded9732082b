"""Words by which an answer sends its reader elsewhere: to a document, to another place on the page, to later.

Knows how English points: an order to read something, where something is said to be described, and words for a place in
a text. A block that stands in the answer is no elsewhere. It must not know pairs.
"""

from __future__ import annotations

import re

# Stands for a piece of code, so that what is said of it is not taken for prose.
_NAMED = "\u2317"
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`[^`\n]+`")
_BLOCK = re.compile(r"^[ \t>]*(?:`{3}|~{3}|\||[-*+•][ \t]+\S|\d{1,3}[.)][ \t]+\S|>>> |\$ | {4}\S|!\[)", re.MULTILINE)

# What is a document whoever speaks of it, and what may as well be a part of a file, a table or a window.
_BOOK = (
    r"(?:documentations?|docs?|manuals?|handbooks?|guides?|references?|tutorials?|walkthroughs?|readmes?|faqs?|wikis?"
    r"|cookbooks?|appendix|appendices|glossary|release notes?|changelogs?|man ?pages?|how-?tos?|blog posts?"
    r"|white ?papers?"
    r"|specifications?|web ?sites?|home ?pages?|primer|textbooks?|examples? (?:folder|gallery|repository))"
)
_PART = (
    r"(?:sections?|subsections?|chapters?|pages?|articles?|paragraphs?|listings?|figures?|diagrams?|tables?|examples?"
    r"|snippets?|passages?|screenshots?|images?|links?|notes?|topics?|entries|entry|lists?|steps?"
    r"|instructions|comments?)"
)
_THE = r"(?:the|this|that|these|our|its|their|your|an?|another)"
# What a page shows; notes, entries and links are more often a program's.
_SHOWN = (
    r"(?:sections?|subsections?|chapters?|paragraphs?|listings?|figures?|diagrams?|tables?|examples?|snippets?|code"
    r"|passages?|screenshots?|images?|articles?|steps|instructions)"
)
_QUALIFIED = r"(?:[\w./'’-]+ ){0,3}?"
# After the noun that is pointed at; before another noun it would only describe it ("the page size").
_ENDS = (
    r"(?=$|[ \t]{0,4}[.,;:!?)\]\"'”’*_—–-]|[ ]+(?:for|on|about|to|in|at|of|or|and|that|which|if|when|below"
    r"|above|titled|called|named|as|by|from|is|are|has|where|before|after|first|instead|there|here)\b)"
)
_READ = (
    r"(?:see|consult|check(?: out)?|read(?: up on| through| over)?|refer(?: back)? to|turn to|look (?:at|up"
    r"|in|into|through)"
    r"|visit|browse|follow|go to|head (?:over )?to|have a look at|take a look at|review|study|search|look for"
    r" [^.\n]{1,40} in)"
)
# An order stands at the start of a sentence or clause, or after a word of advice.
_ORDER = (
    r"(?:(?:^|[.!?:;,(\n—–-])[ \t]{0,8}[*_\"'(]{0,4}|\b(?:please|also|then|and|or|but|simply|just|instead|to"
    r"|should|can|may|must|could"
    r"|might|better|advised to) {1,3})"
)
_ADVICE = _ORDER.replace("|to|", "|")
_DISCUSSED = (
    r"(?:described|documented|explained|covered|discussed|detailed|outlined|mentioned|noted|addressed"
    r"|introduced|illustrated"
    r"|summari[sz]ed|elaborated(?: on)?|laid out|dealt with|gone over|demonstrated|presented|treated)"
)
_TOLD = (
    r"(?:described|documented|explained|covered|discussed|detailed|outlined|listed|given|shown|defined|found"
    r"|specified"
    r"|presented|introduced|treated|summari[sz]ed|illustrated|mentioned|noted|demonstrated|addressed"
    r"|available|laid out"
    r"|set out|seen|stated|elaborated(?: on)?|provided|dealt with|gone over|spelled out|collected)"
)
_MORE = (
    r"(?:(?:more|further|full|additional|detailed|complete|other|some|specific)(?: \w+){0,2}? (?:information"
    r"|info|details?"
    r"|examples?|options?|documentation|background|context|instructions|explanations?|reading|help|guidance|usage)"
    r"|(?:details?|information|info|specifics|an explanation|an example|examples|instructions|the full list"
    r"|a (?:full|complete|detailed) \w+))"
)
# "Above the cursor" is a place in the world.
_LOOSE = r"(?! (?:the|an?|each|every|its|their|it|them|zero|\d|\u2317))"
_PLACE = r"(?:above|below|here|there|elsewhere|earlier|later|previously|separately|further (?:up|down))"

_POINTERS = re.compile(
    "|".join(
        (
            # "See the documentation", "check the API reference", "as the manual says"
            rf"{_ORDER}{_READ} (?:also )?{_THE} {_QUALIFIED}{_BOOK}{_ENDS}",
            rf"{_ORDER}{_READ} (?:also )?(?:[A-Z][\w.’'-]* ){{1,3}}?(?:{_BOOK}){_ENDS}",
            rf"(?<!to ){_ADVICE}(?:see|consult|refer(?: back)? to|turn to|look at|have a look at|take a look"
            rf" at|check|review) (?:also )?"
            rf"(?:the |this )(?:(?:next|previous|following|preceding|corresponding|relevant|respective"
            rf"|related|same|other|above)"
            rf" )?(?:\w+ )?{_PART}{_ENDS}",
            # "see section 4", "cf. Table 2", "see [Install](..)", "see https://"
            r"\b(?:see|cf\.?|refer to|consult)(?: also)? (?:(?:section|chapter|appendix|figure|fig\.|table"
            r"|listing|page|part) "
            r"|§ ?)(?:\d|(?-i:[A-Z])\b|[ivx]+\b)",
            r"\b(?:see|refer to|consult|check out|visit|read|details (?:at|in|on)|documented (?:at|in|on))(?:"
            r" also)?(?: the| our)? ?"
            r"(?:\[[^\]\n]{1,80}\]\(|<?https?://)",
            r"\b(?:see|refer to|consult|visit|check|read|look at|browse)\b[^.!?\n]{0,80}? for (?:more|further"
            r"|a full|a complete|a detailed|the full|the complete|all the)?\s?(?:details?|information|info"
            r"|specifics|examples|explanations?|instructions|background|list|options|discussion|documentation"
            r"|context|usage|guidance)\b",
            rf"\bfor {_MORE}\b[^.!?\n]{{0,60}}?\b(?:see|refer|visit|consult|check|read|go to|look|turn|click"
            rf"|follow)\b",
            rf"\b{_MORE} (?:is|are|can be|may be) (?:found|available|obtained|given|had|seen|provided)"
            rf" (?:in|on|at|under|from|{_PLACE})\b",
            r"\b(?:learn|read|find out) more (?:about [^.\n]{1,60} )?(?:in|at|on|from|by|here|below)\b",
            # "is covered in the tutorial", "are listed on this page", "as described below"
            rf"\b{_TOLD}(?: \w+ly)?(?: in (?:more |full |greater |great |some )?(?:detail|depth))?"
            rf" (?:in|on|at|by|under|with) {_THE} {_QUALIFIED}{_BOOK}{_ENDS}",
            rf"\b{_DISCUSSED}(?: \w+ly)?(?: in (?:more |full |greater |great |some )?(?:detail|depth))?"
            rf" (?:in|on|at|by|under) (?:the|this|another|a (?:later|separate|different))"
            rf" (?:(?:next|previous|following|preceding|above|last|same|other|first|respective|corresponding)"
            rf" )?{_PART}{_ENDS}",
            rf"\b(?:is|are|was|were|be|been|being|as)(?: all| also| already| only| further| \w+ly)? {_TOLD}"
            rf"(?: in (?:more |full |greater )?(?:detail|depth))? (?:just )?{_PLACE}\b{_LOOSE}(?! (?:than|in"
            rf" time|versions?|releases?)\b)",
            rf"\b{_DISCUSSED}(?: \w+ly)? (?:just )?(?:above|below|earlier|elsewhere)\b{_LOOSE}(?! than\b)",
            rf"\belsewhere (?:in|on) {_THE} {_QUALIFIED}(?:{_BOOK}|{_PART})\b",
            r"\bsee (?:above|below|there|elsewhere|earlier|later|next|here|also (?:above|below))\b",
            rf"\b(?:above|preceding|previous|earlier|foregoing|aforementioned) (?:code |shell |python"
            rf" )?{_SHOWN}{_ENDS}",
            rf"\b(?:{_SHOWN}|{_BOOK}) (?:above|below)\b{_LOOSE}",
            r"\bin the (?:next|following|previous|preceding) (?:sections?|chapters?|paragraphs?|parts?"
            r"|tutorials?|examples?)\b",
            # "more on that later", "we will come back to it", "later in this guide"
            r"\bmore (?:on|about) (?:that|this|it|them|these|those) (?:later|below|in a moment|further down"
            r"|soon|next)\b",
            r"\b(?:we|i)(?:['’]ll| will| shall| are going to)(?: \w+)? (?:come back to|return to|get to"
            r"|revisit|get back to)\b",
            r"\b(?:we|i)(?:['’]ll| will| shall)(?: \w+)? (?:discuss|cover|explain|see|look at|describe"
            r"|explore|learn|talk about)\b"
            r"[^.!?\n]{0,60}\b(?:later|below|in the next|in a moment|next chapter|soon)\b",
            rf"\b(?:later|further|earlier) (?:on )?in (?:this|the) {_QUALIFIED}(?:{_BOOK}|sections?|chapters?"
            rf"|pages?|articles?"
            r"|documents?|texts?|lesson|course|book)\b",
            r"\bclick (?:here|on the link)\b|\[here\]\(|\b(?:found|available|described|listed|documented) \[?here\b",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)
# What comes next, or was just said, is in the answer if a block stands there.
_FOLLOWING = re.compile(
    rf"\b(?:the|these|this) following (?:[\w-]+ ){{0,2}}?(?:{_PART}|code|commands?|options?|values?|steps)\b",
    re.IGNORECASE,
)

_MAY_BE_HERE = re.compile(
    r"\b(?:above|below|previous|preceding|earlier|here|examples?|tables?|code|snippets?|lists?|listing|figure"
    r"|steps)\b",
    re.IGNORECASE,
)
# What is described or explained somewhere is prose, which no block is.
_NOT_HERE = re.compile(
    rf"\b(?:{_BOOK}|described|explained|discussed|covered|mentioned|noted|(?:sub)?sections?|chapters?|pages?|articles?|paragraphs?)\b",
    re.IGNORECASE,
)


def pointer_in(answer: str) -> str:
    """Return the words by which ``answer`` points to text that it does not hold, "" if it stands alone."""
    prose = _SPAN.sub(_NAMED, _FENCE.sub(_blank, answer) if "```" in answer or "~~~" in answer else answer)
    blocks = [match.start() for match in _BLOCK.finditer(prose)]
    for match in _POINTERS.finditer(prose):
        after = re.match(r" (?:above|below)\b", prose[match.end() :])
        said = match.group() + (after.group() if after else "")
        if _MAY_BE_HERE.search(said) and not _NOT_HERE.search(said) and _stands_here(said, match.span(), blocks):
            continue
        if _NAMED in said and re.search(rf"{_NAMED} {_PART}|{_PART} {_NAMED}", said, re.IGNORECASE):
            continue
        if re.search(r"\bRead the Docs\b", said):
            continue
        return " ".join(said.strip(" .!?:;,(\n—–-*_\"'").split())
    for match in _FOLLOWING.finditer(prose):
        rest = prose[match.end() :]
        if not blocks and _NAMED not in rest and not re.match(r"[^.\n]{0,60}:\s*\S", rest):
            return match.group()
    return ""


def _stands_here(said: str, place: tuple[int, int], blocks: list[int]) -> bool:
    """Say whether a block stands where ``said`` points: after it for "below", before it for "above"."""
    if re.search(r"\bbelow\b", said, re.IGNORECASE):
        return any(start >= place[1] - 1 for start in blocks)
    if re.search(r"\b(?:above|previous|preceding|earlier)\b", said, re.IGNORECASE):
        return any(start < place[0] for start in blocks)
    return bool(blocks)


def _blank(match: re.Match[str]) -> str:
    """Return the mark of a fence alone: its code says nothing, and that it stands there does."""
    return match.group(1)
