"""The words by which a hand is known: fillers, contractions, hedges, opinions, stiff and loose words, emoji.

Knows English words and phrases only. It must not know sentences, layout, nor how much of anything is too much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Whole answers open or close so only where somebody plays a chat partner; each is cut by `style_fixes` as matched.
FILLER_OPENER = re.compile(
    r"""^\s*(?:
      (?:sure(?:\ thing)?|certainly|of\ course|absolutely|definitely|no\ problem|no\ worries|gladly|got\ it|okay|ok
        |hi(?:\ there)?|hello(?:\ there)?|hey(?:\ there)?|greetings|yep|yup|alright|all\ right|well|so|oh|ah|thanks
        |thank\ you|you\ got\ it|right)
        (?:\s*[!.](?=\s)|,(?=\s)|\s*[—–-]+(?=\s))
        (?:\s+(?:here\ you\ go|here(?:'|’)?s\ (?:what|how|the\ answer|a\ quick)[^.!:\n]{0,60}|happy\ to\ help
          |(?:i(?:'|’)d\ be|i(?:'|’)m)\ (?:happy|glad)\ to[^.!\n]{0,40}|let\ me\ [^.!:\n]{0,60})\s*[!.:])?
    | (?:that(?:'|’)?s\ (?:a|an)\ |what\ an?\ |that\ is\ an?\ )?
        (?:great|good|excellent|interesting|fantastic|awesome|nice)\ question\b[^.!\n]{0,40}[!.]
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
    | (?:please\ )?(?:feel\ free|don(?:'|’)?t\ hesitate|do\ not\ hesitate)\ to\ (?:ask|reach|let|contact)
        [^.!\n]{0,80}[.!]?
    | (?:please\ )?let\ me\ know\ (?:if|whether|how|when|in\ case)[^.!\n]{0,100}[.!?]?
    | (?:if\ you\ have|should\ you\ have|have)\ (?:any\ )?(?:other\ |more\ |further\ |additional\ )?
        (?:questions?|doubts?)[^.!?\n]{0,80}[.!?]?
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
    r"\bas an? (?:large )?(?:ai(?: (?:language )?(?:model|assistant))?(?=[,.])|language model)\b"
    r"|\bas an artificial intelligence\b|\bmy (?:training data|knowledge cutoff)\b"
    r"|\bi(?:'|’)?m (?:just )?an? (?:ai|language model)\b|\bi (?:cannot|can't) (?:browse|assist)\b",
    re.IGNORECASE,
)
CONTRACTION = re.compile(
    r"\b(?:\w+n['’]t|(?:i|you|we|they|he|she|it|that|there|what|who|here|let|where|how)['’](?:s|re|ve|ll|d|m))\b"
)
EXPANDED = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|has|have|had|can|could|will|would|should|must) ?not|it is"
    r"|that is(?!,)|you are|you will|you have|we are|they are|there is|we will|let us|i am)\b"
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\u2764\u2b50]|(?<!\\w)[:;]-?[)(DP](?!\\w)")
EXCLAIMED = re.compile(r"[^\s!]*!+(?![=\[])(?=[\s)\"'*]|$)")
_BE = r"(?:am|is|are|was|were|be|been|being|gets?|got)"
_IRREGULAR = (
    "given|taken|made|done|set|put|read|written|sent|kept|held|known|shown|seen|found|built|run|left|lost|met|paid|said"
    "|sold|told|thrown|drawn|chosen|broken|hidden|driven|bound|caught|brought|bought|cut|split|understood|begun|led"
)
PASSIVE = re.compile(
    rf"\b{_BE}(?: not| never| always| also| only| then| \w+ly)? (?:(?!need|used to)\w{{2,}}ed|{_IRREGULAR})\b",
    re.IGNORECASE,
)
_PHRASES: Mapping[str, str] = {
    "opinions": """
        i think; i believe; i guess; i suppose; i would say; i'd say; i'd argue; in my opinion; in my experience
        imho; imo; as far as i know; as far as i can tell; as far as i'm aware; afaik; i might be wrong
        i may be wrong; i'm not sure; i am not sure; not entirely sure; not 100% sure; personally
        if i remember correctly; if i recall; i'm afraid; to be honest; honestly; i recommend; i suggest
        i'd recommend; i'd suggest; i love; i like; i personally; trust me
    """,
    "hedges": """
        perhaps; maybe; possibly; probably; presumably; arguably; apparently; seemingly; somewhat; sort of
        kind of; kinda; it seems; it appears; it might be; it could be; it may be that; might want; may want
        more or less; to some extent; in a sense; generally speaking; roughly speaking; it is possible that
        likely; i think; i believe; i guess; not entirely sure; as far as i know; it depends; or so; i suppose
        could potentially; potentially; might possibly
    """,
    "intensifiers": """
        very; really; extremely; incredibly; highly; totally; absolutely; completely; super; truly; definitely
        obviously; clearly; literally; insanely; hugely; so easy; so simple; so cool; so much; so many; amazing
        amazingly; awesome; fantastic; powerful; wonderful; wonderfully; great; blazing; blazingly; seamless
        seamlessly; effortless; effortlessly; of course; simply; actually; basically; brilliant; perfect
        perfectly; incredible; huge; love
    """,
    "informal": """
        gonna; wanna; gotta; kinda; sorta; stuff; folks; guys; dude; buddy; cool; yeah; yep; yup; nope; okay; ok
        hey; btw; fyi; imho; lol; haha; tons of; a ton; lots of; a bunch; a lot; pretty much; no big deal
        super easy; super simple; thing is; handy; neat; nifty; go ahead; pop it; grab; toss; throw in; boom
        voila; voilà; cheers; heads up; heads-up; no worries; easy peasy; piece of cake; check it out; you know
        trust me; huh; oops; ya; gotcha; basically; that's it; pretty cool; pretty neat; pretty easy; real quick
        just so you know; long story short; bam; dang; wow; under the hood; out of the box; a breeze; good to go
        all set; sweet; yay; alright; kind of like; or whatever
    """,
    "formal": """
        utilize; utilizes; utilized; utilizing; utilization; utilise; utilises; utilised; utilising; utilisation
        furthermore; moreover; henceforth; thereby; therein; thereof; herein; hereby; whilst; shall
        aforementioned; commence; commences; commenced; endeavor; endeavour; ascertain; facilitate; facilitates
        facilitated; pursuant; notwithstanding; wherein; it should be noted; it is important to; it is worth
        it is essential; it is imperative; it is advisable; it is recommended; it is necessary to
        it must be noted; in order to; with regard to; with respect to; in the event that; prior to
        subsequent to; subsequently; for the purpose of; one may; one must; one should; one can; the user may
        the user must; the user should; the user can; the user is; please note; kindly; consequently
        accordingly; in accordance with; is required to; plethora; myriad; leverage; leverages; leveraging
        delve; due diligence; in this regard; in light of; as such; therefore; hence; thus; be advised; deem
        deemed
    """,
    "politeness": """
        please; kindly; sorry; apologies; apologize; apologise; unfortunately; thanks; thank you; welcome; glad
        happy to; delighted; i'm afraid; excuse me; pardon
    """,
}
_FIRST_HEADS = frozenset(("i", "we", "my", "our", "ours", "us", "myself", "ourselves", "let", "mine"))
PRONOUNS = re.compile(r"\b(?:you|your|yours|yourself)(?:'\w+)?\b")
FIRST = re.compile(
    r"(?<![\w.'/-])(?:i|we|my|our|ours|us|myself|ourselves|let's|mine)(?:'(?:m|ve|d|ll|re))?(?![\w./'-])"
)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """A class of words: ``heads`` are the first words of its phrases, so that most texts need no search."""

    heads: frozenset[str]
    pattern: re.Pattern[str]


def _phrases(listed: str) -> _Phrases:
    phrases = [" ".join(each.split()) for line in listed.strip().splitlines() for each in line.split(";")]
    ordered = sorted(phrases, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, ordered))})(?![\w/-])")
    return _Phrases(frozenset(re.split(r"[ '-]", each)[0] for each in phrases), pattern)


CLASSES: Mapping[str, _Phrases] = {name: _phrases(listed) for name, listed in _PHRASES.items()}


def found_words(text: str) -> dict[str, list[str]]:
    """Return the words and phrases of each class in ``text``, casefolded, in order."""
    small = text.casefold().replace("’", "'")
    tokens = set(re.findall(r"[\w%]+", small))
    found = {
        "second_person": PRONOUNS.findall(small) if "you" in small else [],
        "first_person": FIRST.findall(small) if not tokens.isdisjoint(_FIRST_HEADS) else [],
        "contractions": CONTRACTION.findall(small) if "'" in small else [],
        "expansions": EXPANDED.findall(small),
    }
    for name, phrases in CLASSES.items():
        found[name] = phrases.pattern.findall(small) if not tokens.isdisjoint(phrases.heads) else []
    found["exclamations"] = EXCLAIMED.findall(small) if "!" in small else []
    found["emoji"] = EMOJI.findall(text)
    return found
