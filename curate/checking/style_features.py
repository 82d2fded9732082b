"""How an answer is written: its register, person, sentences and layout, as plain counts.

Knows the text of one answer, code kept apart from prose. It must not know what is usual in a set, nor what is wanted:
`style_profile` learns the first, the configuration declares the second.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tuneproof.curate.pairing.headings import is_order
from tuneproof.curate.pairing.sentences import split_sentences

# Whole answers open or close so only where somebody plays a chat partner; each is cut by `style_fixes` as matched.
FILLER_OPENER = re.compile(
    r"""^\s*(?:
      (?:sure(?:\ thing)?|certainly|of\ course|absolutely|definitely|no\ problem|no\ worries|gladly|got\ it|okay|ok
        |hi(?:\ there)?|hello(?:\ there)?|hey(?:\ there)?|greetings|yep|yup|alright|all\ right|well|so|oh|ah|thanks
        |thank\ you|you\ got\ it|right)
        (?:\s*[!.](?=\s)|,(?=\s)|\s*[—–-]+(?=\s))
        (?:\s+(?:here\ you\ go|here(?:'|’)?s\ (?:what|how|the\ answer|a\ quick)[^.!:\n]{0,60}|happy\ to\ help
          |(?:i(?:'|’)d\ be|i(?:'|’)m)\ (?:happy|glad)\ to[^.!\n]{0,40}|let\ me\ [^.!:\n]{0,60})\s*[!.:])?
    | (?:that(?:'|’)?s\ (?:a|an)\ |what\ an?\ |that\ is\ an?\ )?(?:great|good|excellent|interesting|fantastic|awesome|nice)
        \ question\b[^.!\n]{0,40}[!.]
    | (?:i(?:'|’)?d\ be|i(?:'|’)?m|i\ am|i\ would\ be|happy|glad|i(?:'|’)?ll\ be)\ ?(?:happy|glad|delighted)?\ to\ help
        [^.!\n]{0,40}[!.]
    | thanks?\ (?:you\ )?for\ (?:asking|your\ question|reaching\ out)[^.!\n]{0,40}[!.]
    | as\ an?\ (?:large\ )?(?:ai|language\ model|assistant)[^,.!\n]{0,60}[,.!]
    | let\ me\ (?:explain|help|break|walk|tell)[^.!:\n]{0,60}[.!:]
    | here(?:'|’)?s\ (?:the\ (?:thing|deal|answer)|what\ you\ need)[^.!:\n]{0,60}[.!:]
    | (?:great|good|excellent|perfect|awesome)\ ?!
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
FILLER_CLOSER = re.compile(
    r"""(?:^|(?<=[.!?:`)\n])\s*)(?:
      (?:i\ )?(?:really\ |do\ )?hope\ (?:this|that|it)\ (?:helps?|clarifies|answers|clears|makes)[^.!\n]{0,60}[.!]?
    | hope\ that\ helps?[^.!\n]{0,30}[.!]?
    | (?:please\ )?(?:feel\ free|don(?:'|’)?t\ hesitate|do\ not\ hesitate)\ to\ (?:ask|reach|let|contact)[^.!\n]{0,80}[.!]?
    | (?:please\ )?let\ me\ know\ (?:if|whether|how|when|in\ case)[^.!\n]{0,100}[.!?]?
    | (?:if\ you\ have|should\ you\ have|have)\ (?:any\ )?(?:other\ |more\ |further\ |additional\ )?(?:questions?|doubts?)
        [^.!?\n]{0,80}[.!?]?
    | (?:happy|good\ luck\ (?:with|and)|enjoy)\ ?(?:your\ )?(?:coding|hacking|building|learning)?[^.!\n]{0,30}!
    | (?:good\ luck|cheers|you(?:'|’)re\ welcome|have\ fun|have\ a\ (?:great|nice|good)\ day|that(?:'|’)s\ (?:all|it))
        [^.!\n]{0,30}[.!]
    | is\ there\ anything\ else[^.!?\n]{0,60}\?
    | (?:does|did)\ (?:that|this)\ (?:help|make\ sense|answer\ your\ question)[^.!?\n]{0,30}\?
    | anything\ else[^.!?\n]{0,40}\?
    )\s*(?:[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]\s*)*$""",
    re.VERBOSE | re.IGNORECASE,
)
AI_SELF = re.compile(
    r"\bas an? (?:large )?(?:ai|language model|artificial intelligence)\b|\bmy (?:training data|knowledge cutoff)\b"
    r"|\bi(?:'|’)?m (?:just )?an? (?:ai|language model)\b|\bi (?:cannot|can't) (?:browse|assist)\b",
    re.IGNORECASE,
)
CONTRACTION = re.compile(
    r"\b(?:\w+n['’]t|(?:i|you|we|they|he|she|it|that|there|what|who|here|let|where|how)['’](?:s|re|ve|ll|d|m))\b",
    re.IGNORECASE,
)
EXPANDED = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should|must) ?not|it is|that is(?!,)|you are"
    r"|you will|you have|we are|they are|there is|we will|let us|i am)\b",
    re.IGNORECASE,
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\u2764\u2b50]|(?<!\\w)[:;]-?[)(DP](?!\\w)")
EXCLAMATION = re.compile(r"!(?![=\[])(?=[\s)\"'*]|$)")
FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n`]*)\n.*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(`+)(?!`)[^\n]*?[^`]\1(?!`)")
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<?https?://\S+")
QUOTED = re.compile(r"[\"“][^\"”\n]{1,120}[\"”]")
LIST_ITEM = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)", re.MULTILINE)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+\S.*$", re.MULTILINE)
TABLE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
TAGS = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")
WORD = re.compile(r"[^\W\d_][\w'’-]*|\d[\w.,]*")
_BE = r"(?:am|is|are|was|were|be|been|being|gets?|got)"
_IRREGULAR = (
    "given|taken|made|done|set|put|read|written|sent|kept|held|known|shown|seen|found|built|run|left|lost|met|paid|said"
    "|sold|told|thrown|drawn|chosen|broken|hidden|driven|bound|caught|brought|bought|cut|split|understood|begun|led"
)
PASSIVE = re.compile(
    rf"\b{_BE}(?: not| never| always| also| only| then| automatically| \w+ly)? (?:(?!need|used to)\w{{2,}}ed|{_IRREGULAR})\b",
    re.IGNORECASE,
)
_COUNTED: Mapping[str, re.Pattern[str]] = {
    "second_person": re.compile(r"\b(?:you|your|yours|yourself)(?:['’]\w+)?\b", re.IGNORECASE),
    "first_person": re.compile(r"\b(?:I|[Ww]e|[Mm]y|[Oo]urs?|[Uu]s|[Mm]yself|[Oo]urselves|[Ll]et['’]s)(?:['’]\w+)?(?!\w)"),
    "contractions": CONTRACTION,
    "expansions": EXPANDED,
    "hedges": re.compile(
        r"\b(?:perhaps|maybe|possibly|probably|presumably|arguably|apparently|seemingly|somewhat|fairly|rather than not"
        r"|sort of|kind of (?=\w+ly)|kinda|i think|i believe|i guess|i suppose|i would say|i'd say|in my opinion|it seems"
        r"|it appears|it (?:might|could|may) be (?:that|worth)|might (?:want|be able)|may want|should probably|likely"
        r"|as far as i|more or less|to some extent|in a sense|generally speaking|roughly speaking|it is possible that"
        r"|not entirely sure|not sure)\b",
        re.IGNORECASE,
    ),
    "intensifiers": re.compile(
        r"\b(?:very|really|extremely|incredibly|highly|totally|absolutely|completely|super|truly|definitely|obviously"
        r"|clearly|literally|insanely|hugely|so (?:easy|simple|cool|much|many)|amazing(?:ly)?|awesome|fantastic|powerful"
        r"|wonderful(?:ly)?|great|blazing(?:ly)?|seamless(?:ly)?|effortless(?:ly)?|of course|simply|actually|basically)\b",
        re.IGNORECASE,
    ),
    "informal": re.compile(
        r"\b(?:gonna|wanna|gotta|kinda|sorta|stuff|folks|guys|dude|buddy|cool|yeah|yep|nope|okay|ok|hey|btw|fyi|imho|lol"
        r"|tons of|a ton|lots of|a bunch|a lot|pretty much|no big deal|super easy|super simple|thing is|handy|neat|nifty"
        r"|go ahead|pop (?:in|it)|grab|toss|throw in|boom|voil[aà]|cheers|heads[- ]up|no worries|easy peasy|piece of cake"
        r"|just (?:use|run|call|pass|set|add|do|type|go)|check it out|you know|trust me|wouldn't it|huh|oops|ya|gotcha)\b",
        re.IGNORECASE,
    ),
    "formal": re.compile(
        r"\b(?:utili[sz](?:e[sd]?|ing|ation)|furthermore|moreover|henceforth|thereby|therein|thereof|herein|hereby|whilst"
        r"|shall|aforementioned|commence[sd]?|endeavou?r|ascertain|facilitate[sd]?|pursuant|notwithstanding|upon|wherein"
        r"|it should be noted|it is (?:important|worth|essential|imperative|advisable|recommended|necessary) (?:to|that)"
        r"|in order to|with (?:regard|respect) to|in the event that|prior to|subsequent(?:ly)? to|for the purpose of"
        r"|one (?:may|must|should|can)|the user (?:may|must|should|can|is)|please note|kindly|consequently|accordingly"
        r"|in accordance with|is required to|plethora|myriad|leverag(?:e[sd]?|ing)|delve)\b",
        re.IGNORECASE,
    ),
    "politeness": re.compile(r"\b(?:please|kindly|sorry|apolog\w+|unfortunately|thank(?:s| you)|welcome)\b", re.IGNORECASE),
}  # fmt: skip
NAMES = (
    "words", "sentence_words", "sentence_p90", *_COUNTED, "passive", "imperatives", "questions", "exclamations", "emoji",
    "filler_opener", "filler_closer", "ai_self", "lists", "headings", "bold", "fences", "bare_fences", "dashes",
    "no_stop", "small_start", "shouting",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """What was counted in one answer.

    ``values`` holds, by the names of ``NAMES``: counts for what is rare (fillers, emoji, exclamations, headings, bold,
    fences, list items), occurrences per 100 words for word classes, shares of sentences (passive, imperatives, questions,
    sentences that begin small or end without a stop), words a sentence, and the natural logarithm of the words.
    """

    values: Mapping[str, float]
    words: int
    sentences: int


def prose_of(answer: str) -> str:
    """Return ``answer`` without fences, tables and headings; inline code and links leave one word in their place."""
    text = FENCE.sub("\n\n", answer)
    text = TABLE.sub("", HEADING.sub("", text))
    text = LINK.sub(lambda match: match.group(1) or "Link", text)
    return TAGS.sub("", QUOTED.sub("Quote", INLINE.sub("Code", text)))


def fence_tags(answer: str) -> list[str]:
    """Return the language tag of every fence, "" where it has none."""
    return [match.group(2).strip() for match in FENCE.finditer(answer)]


@lru_cache(maxsize=131072)
def read_features(answer: str) -> Features:
    """Return what ``answer`` looks like; code is never read as prose."""
    prose = prose_of(answer)
    items = len(LIST_ITEM.findall(prose))
    sentences = _sentences(prose)
    lengths = sorted(len(WORD.findall(sentence)) for sentence in sentences)
    words = sum(lengths)
    per = 100 / max(words, 20)  # under twenty words one occurrence counts as if there were twenty
    share = 1 / max(len(sentences), 1)
    plain = BOLD.sub(lambda match: match.group().strip("*_"), prose)
    values = {name: per * len(pattern.findall(plain)) for name, pattern in _COUNTED.items()}
    tags = fence_tags(answer)
    values |= {
        "words": math.log1p(words),
        "sentence_words": words * share,
        "sentence_p90": float(lengths[math.ceil(0.9 * len(lengths)) - 1]) if lengths else 0.0,
        "passive": share * sum(bool(PASSIVE.search(sentence)) for sentence in sentences),
        "imperatives": share * sum(is_order(sentence) for sentence in sentences),
        "questions": float(sum(sentence.endswith("?") for sentence in sentences)),
        "exclamations": float(len(EXCLAMATION.findall(plain))),
        "emoji": float(len(EMOJI.findall(plain))),
        "filler_opener": float(bool(FILLER_OPENER.match(answer))),
        "filler_closer": float(bool(FILLER_CLOSER.search(answer))),
        "ai_self": float(len(AI_SELF.findall(plain))),
        "lists": float(items),
        "headings": float(len(HEADING.findall(FENCE.sub("", answer)))),
        "bold": float(len(BOLD.findall(prose))),
        "fences": float(len(tags)),
        "bare_fences": float(sum(not tag for tag in tags)),
        "dashes": float(len(re.findall(r" (?:—|–|--) |\w—\w", plain))),
        "no_stop": float(_ends_open(answer)),
        "small_start": float(_starts_small(prose)),
        "shouting": float(len(re.findall(r"\b[A-Z]{4,}(?: [A-Z]{2,}){2,}\b", plain))),
    }  # fmt: skip
    return Features(values, words, len(sentences))


def _sentences(prose: str) -> list[str]:
    """Return the sentences, every paragraph and list item on its own; what has no letter is none."""
    parts = re.split(r"\n[ \t]*\n|\n(?=[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S)", prose)
    cleaned = (LIST_ITEM.sub("", part).strip() for part in parts)
    found = [sentence for part in cleaned if part for sentence in split_sentences(part)]
    return [sentence for sentence in found if WORD.search(sentence)]


def _ends_open(answer: str) -> bool:
    """Say whether the answer's last line is a paragraph of prose without a stop at its end."""
    last = answer.rstrip().rsplit("\n", 1)[-1]
    if not last.strip() or LIST_ITEM.match(last) or re.match(r"[ \t]*(?:`{3,}|~{3,}|\||#|>>>|\$ |<|\.\. )", last):
        return False
    if FENCE.search(answer) and answer.rstrip().endswith(("```", "~~~")):
        return False
    if len(WORD.findall(INLINE.sub("", last))) < 3 or last.startswith(("    ", "\t")):
        return False
    closed = re.search(r"[.!?:…。！？]['\"”’)\]*_`]*\s*$", EMOJI.sub("", last))
    return closed is None


def _starts_small(prose: str) -> bool:
    """Say whether the first sentence begins with a small English word (a name such as ``pip`` may)."""
    first = re.match(r"\s*([a-z][a-z]+)\s+([a-z]+)\b", prose)
    return first is not None and first.group(1) not in {"pip", "npm", "npx", "uv", "git", "ollama", "curl", "macOS"}
