"""Sentences that give orders to the model that reads them, told from documentation that speaks of models.

Knows English in running text. It must not know marks, code nor hidden characters. An order is told by what it does:
it drops what the model was told, asks for that, gives it a persona without rules, calls it by name, hides something
from the user, or sends away what the user wrote. What is done by somebody else ("the parser ignores all previous
rules") is none: the verb must stand where an imperative stands.
"""

from __future__ import annotations

import re


def _one_of(*patterns: str) -> re.Pattern[str]:
    """Return one pattern for all, in which a blank is any run of blanks, and one with a question mark none as well."""
    joined = "|".join(f"(?:{one})" for one in patterns)
    blanks = re.sub(r" (\?)?", lambda blank: r"\s*" if blank[1] else r"\s+", joined)
    return re.compile(blanks, re.IGNORECASE | re.MULTILINE)


# Where an imperative begins: a sentence or a clause, or after "you must" and the like; never after "to" or a subject.
_YOU = (
    r"(?:\byou|\bassistants?|\bAI|\bmodels?|\bLLMs?)[,:]?\s(?:must|should|shall|will|have to|need to|are to|ought to)"
)
_LEAD = (
    r"(?:(?:^|(?<=[.!?:;,\n(>–—]))[ \t\n\"'“*_>#-]{0,16}(?:(?:and|then|now|so|also|please|instead|just|hey|ok|okay"
    r"|kindly|simply"
    r"|immediately|first|next|do|always|you (?:must|can|should|will|have to|are to))[, ] ?){0,3}"
    rf"|{_YOU}(?: (?:now|always|also|therefore|immediately|only|completely|fully))* "
    r"|\b(?:please|and|then|instead|(?:want|need|order|command|instruct) you to|(?:task|job|goal|role) is to) )"
)
_AI = (
    r"(?:(?:large )?language models?|LLMs?|AIs?|chat ?bots?|ChatGPT|Claude|Gemini|Copilot|GPT(?:-\w+)?|bots?"
    r"|(?:AI|LLM|virtual|digital)[ -](?:assistant|model|agent|reader|system|crawler|tool|bot|reviewer|scraper)s?"
    r"|assistants?|crawlers?)"
)
_PERSONAL_AI = r"(?:assistant|AI|LLM|chatbot|bot|model|ChatGPT|Claude|Gemini|Copilot|language model)"
_TOLD = r"(?:instruction|direction|directive|prompt|guidance|guideline|order|system message)s?"
_WEAK = (
    rf"(?:{_TOLD}|rules?|messages?|context|polic(?:y|ies)|constraints?|restrictions?|training|conversation|chat"
    r"|tasks?"
    r"|safeguards?|filters?|programming|limitations?|persona|role)"
)
_BEFORE = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|existing|original|initial|former|past|foregoing|system|current"
    r"|given|old|default|hidden)"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|bypass|skip|drop|neglect|discard|erase|disobey|abandon|delete|dismiss"
    r"|set aside|put aside|break(?: free from)?|violate|circumvent"
    r"|(?:do not|don['’]t|not|never|stop|cease(?: to)?|quit|no longer) (?:follow|obey|heed|comply with|adhere to"
    r"|abide by|honou?r)(?:ing)?|(?:do not |don['’]t )?pay (?:no |any )?attention to"
    r"|(?:stop|cease) (?:obeying|complying with|adhering to))"
)
_ALL = r"(?:(?:all|any|every|each|both) (?:of )?)?"
_THE = r"(?:(?:the|your|my|these|those|its|their) )?"
# An order that says for whom it holds is for a reader: "ignore the above instructions if you use Docker".
_FOR_READERS = r"(?![^.!?\n]{0,40}\b(?:if|when|unless|once|as) you(?:['’](?:re|ve))?\b)(?! for (?!now|the rest|ever)\w)"
_SAID_BEFORE = (
    r"(?:above|before|given|earlier|so far|previously|preceding|that (?:came|were|was|precede|you)|you (?:were|have"
    r"|received|got|had)|which (?:were|was|you)|in your|from (?:the|your) (?:developer|system|user))"
)
_OVERRIDES = _one_of(
    rf"{_LEAD}{_DROP} {_ALL}{_THE}(?:\w+ ){{0,1}}?{_BEFORE} (?:\w+ ){{0,2}}?{_TOLD}\b{_FOR_READERS}",
    rf"{_LEAD}{_DROP} {_ALL}your (?:\w+ ){{0,2}}?{_WEAK}\b",
    rf"{_LEAD}{_DROP} (?:all|any|every) (?:of )?{_THE}{_BEFORE} (?:\w+ ){{0,2}}?{_WEAK}\b{_FOR_READERS}",
    rf"{_LEAD}{_DROP} {_ALL}{_THE}(?:\w+ )?(?:{_TOLD}|rules?|conversation) {_SAID_BEFORE}{_FOR_READERS}",
    rf"{_LEAD}{_DROP} (?:everything|anything|all|whatever)(?: (?:that|which|of it))?(?: \w+){{0,2}}?"
    r" (?:you|I|we|they|was|were|above|before|(?:the|your) (?:developer|user|system))\b"
    r"(?! (?:don['’]t|do not|need|want))" + _FOR_READERS,
    rf"{_LEAD}{_DROP} the (?:task|job|role|persona) (?:that )?you (?:were|have been|are)\b",
    rf"{_LEAD}{_DROP} the above (?:and|instead|text|prompt)\b",
    rf"{_LEAD}{_DROP} (?:the|any|this) (?:system prompt|developer|system message|safety (?:rules|polic))\w*",
    rf"\b(?:your|all(?: of)?(?: the| your)?) (?:{_BEFORE} )?(?:\w+ )?(?:{_TOLD}|rules|constraints)(?:"
    rf" [^.!?\n]{{0,40}})?"
    r" (?:are|is|have been|has been|were|was) (?:now |hereby |all )?(?:void|cancell?ed|revoked|replaced|null"
    r"|overridden"
    r"|superseded|lifted|deleted|obsolete|no longer|suspended|disabled|invalid)\b",
    rf"\b(?:the )?{_TOLD} (?:that )?you (?:received|were given|got|had|have been given)[^.!?\n]{{0,40}} (?:are"
    r"|is) \w+",
    r"\bwhat(?:ever)? you (?:were|have been|had been) (?:told|given|instructed|taught)[^.!?\n]{0,40}"
    r"\b(?:no longer|void|wrong|false|cancell?ed|obsolete)",
    r"\b(?:system|admin|developer|safety|policy) override\b(?=\s*[:!.])",
    rf"(?:^|[.!?]\s)[\s*_#>-]{{0,16}}(?:new|updated|real|actual|revised|secret|urgent|important|additional)"
    rf" (?:system )?(?:instruction|directive|order)s?(?: (?:for|to) (?:you|{_AI}))? ?:\s*\w",
    r"\byour (?:new|real|actual|true|only|sole) (?:task|goal|role|objective|purpose|job|mission|instructions?)"
    r" (?:is to|is now|are)\b",
    r"\bfrom (?:now|here|this (?:point|moment|line|message)) (?:on(?:wards?)?|forward),? "
    r"(?:you (?:will|must|shall|are|should|have to)|always|only|never|respond|answer|ignore|disregard|act|behave"
    r"|speak"
    r"|reply|refuse|obey|forget|do not|follow|comply|pretend|treat)\b",
    r"\b(?:and|to|must|will|:|,) (?:follow|obey|comply with|execute|fulfil) (?:only )?(?:these|this|my|the"
    r" (?:following"
    r"|user)|every|all|any|each) (?:instead|only|user|paragraph|(?:\w+ )?(?:requests?|commands?|orders?)"
    r"(?: (?:of|by|from) the user)?(?= from|,| and|\.|!|$))",
)
_YOURS = (
    r"(?:(?:system|initial|hidden|original|developer|full|secret|entire|first|internal|confidential|custom|own) )*"
    r"(?:prompts?|instructions?|system messages?|guidelines|rules|context(?: window)?|directives|configuration)"
)
_SAY = (
    r"(?:reveal|print|show|output|repeat|leak|display|tell (?:me|us)|give (?:me|us)|send(?: me)?|disclose|expose"
    r"|dump|quote"
    r"|recite|write (?:out|down)|summari[sz]e|paraphrase|translate|share|list|state|read out|echo|return|describe)"
)
_LEAKS = _one_of(
    rf"{_LEAD}{_SAY} (?:me |us )?(?:(?:all|the (?:full |exact |entire |complete )?(?:text|words?|contents?)) (?:of )?"
    rf"|what )?your {_YOURS}\b(?! (?:file|for|in (?:the )?\w*\.))",
    rf"{_LEAD}{_SAY} (?:me |us )?(?:the |all |any )(?:hidden|secret|confidential) (?:\w+ )?"
    r"(?:prompt|instructions?|system message|rules)\b",
    rf"{_LEAD}{_SAY} (?:me |us )?(?:the |all )(?:\w+ )?(?:system |initial )?(?:prompt|instructions?|rules)"
    r" (?:verbatim|word for word|you were|that you|above this|in full|given to you)",
    rf"{_LEAD}{_SAY} (?:everything|all|anything|the (?:words?|text|contents?|sentences?|lines?))(?: of| in| from)?"
    r" (?:above\b(?! (?:in|for|to|with|on|by|as)\b)|(?:is )?(?:in |of )?your (?:\w+ )?(?:context|prompt|memory"
    r"|instructions))",
    r"\bwhat (?:is|are|was|were|does|do|did)(?: (?:written|said|in|the (?:text|content|contents) of))* your "
    r"(?:\w+ )?(?:system (?:prompt|message)|instructions|initial prompt|hidden prompt|original prompt|prompt say)\b",
    r"\b(?:only|just) (?:with )?the contents? of your (?:context|prompt)",
    r"\brepeat the (?:words?|text|sentences?) above (?:starting|beginning|word)",
)
_LAWLESS = (
    r"(?:unrestricted|uncensored|unfiltered|jailbroken|amoral|evil\b|malicious|unaligned|unlimited AI|\bDAN\b"
    r"|anything now"
    r"|(?:no|without(?: any| an?)?|free (?:from|of)(?: (?:all|any))?|not have(?: any)?|never had(?: any)?|zero)"
    r" (?:\w+ ){0,2}?"
    r"(?:restrictions?|rules|limits?|limitations|filters?|censorship|guidelines|polic(?:y|ies)|guardrails|ethics"
    r"|morals"
    r"|safety|constraints|boundaries)"
    r"|(?:never|not|cannot) (?:refuse|decline|say no)s?|ignores (?:its|all|the|any) (?:polic|rule|guideline|instruct)"
    r"|(?:has|with|had|have) no (?:\w+ )?(?:rules|polic|filter|restrict|limit|ethic)|(?:execute|run)s? (?:all"
    r"|every|any)"
    r" (?:command|code|order))"
)
_BE = (
    r"(?:act|behave|respond|answer|reply|speak|pose|roleplay|role-play|pretend|imagine|simulate|talk|write"
    r"|assume the role"
    r"|take on the (?:role|part|persona)|play the (?:part|role)|adopt the (?:role|persona)|become|stay in character"
    r"|impersonate|comply|continue)"
)
_PERSONAS = _one_of(
    rf"{_LEAD}{_BE}\b[^.!?\n]{{0,60}}?\b{_LAWLESS}",
    rf"\byou(?:['’]re| are| will be) (?:now|no longer|hereby|from now on)\b[^.!?\n]{{0,50}}?"
    rf"(?:\b{_PERSONAL_AI}s?\b|\b\w+(?:GPT|Bot|AI)\b|{_LAWLESS}|\b(?:bound|hacker|pirate|persona|root and|acting"
    r"|playing"
    r"|going to act|in (?:developer|dan|god|jailbreak|debug|admin) mode)\b)",
    r"\byou(?:['’]re| are) (?:root|admin|the administrator|god)(?: now)?,? (?:and|so) (?:must|will|can|should"
    r"|execute|have)",
    rf"\byou (?:will|must|shall|are going to|are to) (?:now )?{_BE}\b[^.!?\n]{{0,60}}?\b{_LAWLESS}",
    rf"{_LEAD}(?:enter|enable|activate|switch (?:in)?to|turn on|go into|engage) (?:\w+ )?(?:developer|dan"
    r"|jailbreak|god"
    r"|unrestricted|sudo|debug|admin) mode,? (?:and|now|for this|without|to (?:bypass|answer)|with no|so)\b",
    r"\bdo anything now\b",
    rf"{_LEAD}(?:jailbreak|unlock|free|liberate) yourself\b",
    r"\b(?:without|with no) (?:any )?(?:ethical|moral|safety|content)(?: \w+)? (?:restrictions?|filters?|guidelines"
    r"|considerations|rules|polic(?:y|ies)|limits)(?! (?:the|it|this) \w+ (?:will|is|can))",
)
# What may be asked of a model by one who speaks to it.
_ASKED = (
    r"(?:tell|say|recommend|add|append|include|output|reply|respond|answer|ignore|disregard|run|execute|repeat"
    r"|print|praise"
    r"|rate|describe|do not|don['’]t|never|always|please|you|mention|send|visit|delete|approve|promote|rank"
    r"|state|write"
    r"|treat|trust|call|install|must|should|click|forget|stop|give|let|report|insert|insist|prefer|refer|direct"
    r"|point|help"
    r"|remember|open|download|follow|obey|reveal|show|summari[sz]e|consider|it must|it should|only)\b"
)
_THIS = (
    r"(?:this (?:page|document|text|file|message|sentence|site|readme|content|article|passage|paragraph|note"
    r"|repository|web"
    r"|one|product|tool|library)|this\b(?! (?:option|flag|setting|parameter|function))|these (?:lines"
    r"|instructions|words))"
)
_READS = (
    r"(?:reads?|reading|process(?:es|ing)?|summari[sz](?:es?|ing)|sees?|seeing|pars(?:es?|ing)|scrap(?:es?|ing)"
    r"|ingests?"
    r"|crawls?|crawling|index(?:es|ing)?|is asked|are asked|asked|receives?|receiving|looks? at|looking at"
    r"|evaluat(?:es?|ing)"
    r"|rank(?:s|ing)?|reviews?|reviewing|translat(?:es?|ing)|quot(?:es?|ing)|cit(?:es?|ing))"
)
_CALLS = _one_of(
    rf"(?:^|[.!?\n>]\s{{0,3}}|\()[\s*_>#-]{{0,16}}(?:hey|dear|hello|hi|attention|warning|to|note (?:to|for)|notice"
    r" (?:to|for)"
    r"|message (?:to|for)|(?:important |new |special )?instructions? (?:to|for)|important (?:to|for)|for|memo to)"
    rf"(?: (?:an?|any|all|the|every|our))?[ ,:]{{1,2}}(?:an? )?{_AI}(?: [^.!?:,\n]{{0,60}})?(?:[,:!] |: ?\n?|"
    r" (?=you |please "
    rf"|must ))(?:\S+ )?{_ASKED}",
    rf"(?:^|[.!?\n>]\s{{0,3}})[\s*_>#-]{{0,16}}"
    rf"(?:attention|note to|notice to|message to|dear|instructions? (?:to|for)),?"
    rf"(?: (?:all|any|every|the))? {_AI} ?[:!]",
    rf"(?:^|[.!?\n>]\s{{0,3}})[\s*_>#-]{{0,16}}{_AI}(?: (?:reading|processing|that|which|who|visiting"
    rf"|crawling)[^.!?:,\n]{{0,60}})?[,:]"
    rf" ?(?:please )?{_ASKED}",
    rf"\b(?:if|when|whenever|in case|since|because) (?:you(?:['’]re| are)|you happen to be) an? (?:\w+ )?{_AI}\b",
    rf"\b(?:if|when|whenever|in case|any|every|all|an?) (?:\w+ ){{0,2}}?{_AI} (?:\w+"
    rf" ){{0,2}}?{_READS}\b[^.!?\n]{{0,60}}?\b{_THIS}"
    rf"[^.!?\n]{{0,60}}?(?:\b(?:must|should|shall|has to|have to|needs? to)\b|, {_ASKED})",
    rf"\b(?:if|when|whenever) (?:\w+ ){{0,2}}?{_AI} (?:\w+ ){{0,2}}?{_READS}\b[^.!?\n]{{0,60}}?,? (?:it|they"
    r"|you) (?:must|should"
    rf"|shall|has to|have to)\b[^.!?\n]{{0,40}}\b{_THIS}",
    rf"\b(?:if|when|whenever|while|before|after) (?:you (?:are )?)?(?:\w+ )?{_READS} (?:\w+"
    rf" )?{_THIS}[^.!?\n]{{0,40}}?,? "
    rf"(?:(?:an? |the |any )?(?:{_AI}|model) (?:must|should|shall|has to|will)|{_ASKED})",
    r"\b(?:if|when|whenever) (?:you are )?asked (?:about|to|for|whether)"
    rf" [^.!?\n]{{0,60}}?\b{_THIS}[^.!?\n]{{0,40}}?,? (?:(?:an? "
    rf"|the |any )?(?:{_AI}|model) (?:must|should|shall|has to|will)|{_ASKED})",
    rf"\bas an? (?:\w+ )?{_AI},? you (?:must|have to|should|shall|will|are (?:required|obliged|to)|need to|can)\b",
    rf"\b(?:an? |any |every |all )?{_AI} (?:must|should|has to|have to|shall) (?:\w+"
    rf" )?{_ASKED}[^.!?\n]{{0,60}}?\b(?:{_THIS}|our "
    r"(?:product|company|site|tool)|is the best)",
)
_PERSON = r"(?:the |your |any |a )?(?:user|reader|human|operator|person|customer|reviewer|anyone|anybody|owner)s?"
_THIS_ORDER = (
    r"(?:this|these|the above|the following|the hidden) (?:hidden |secret )?(?:instruction|sentence|message|note"
    r"|prompt|text"
    r"|order|directive|request|comment|line|paragraph)s?"
)
_HIDES = _one_of(
    rf"(?:do not|don['’]t|never|must not|should not) (?:tell|inform|alert|warn|notify) {_PERSON} (?:about|of"
    r"|that|anything|why"
    r"|what|how|this)",
    rf"(?:do not|don['’]t|never|must not) let {_PERSON} (?:know|see|notice|find out|learn)",
    r"(?:do not|don['’]t|never|must not|should not) (?:mention|reveal|disclose|share|repeat|show|discuss|quote"
    r"|admit|acknowledge)"
    rf" {_THIS_ORDER}",
    rf"(?:keep|hide) {_THIS_ORDER} (?:\w+ ){{0,2}}?from {_PERSON}",
    rf"\bsay nothing (?:about|of) {_THIS_ORDER}|\bsay nothing (?:about this )?to {_PERSON}",
    rf"{_LEAD}\w+ [^.!?\n]{{0,60}}?\bwithout (?:telling|informing|alerting|notifying|the knowledge of) {_PERSON}",
)
_PRIVATE = (
    r"(?:(?:(?:the|any|all|this|every|each) (?:of )?)*(?:user|reader|victim|customer|human|visitor)s?['’]s?"
    r"|everything (?:that )?"
    r"(?:the )?(?:user|reader)|what(?:ever)? the (?:user|reader)|all (?:user|private|personal) (?:data"
    r"|information|messages))"
)
_TALK = (
    r"(?:the |this |our |all |your )?(?:(?:contents?|text|log|history) of )?(?:the |this |our |your )?(?:whole "
    r"|entire |full )?(?:conversation|chat|context|dialogue)"
)
_AWAY = r"(?:https?://(?!localhost|127\.|0\.0\.0\.0|\[::1|api\.|[^\s/]+(?:/api/|/v\d))\S+|[\w.+-]+@[\w-]+\.\w+)"
_SEND = (
    r"(?:send|post|upload|forward|e-?mail|transmit|append|add|encode|exfiltrate|leak|submit|include|copy|deliver"
    r"|put|load|fetch"
    r"|collect|embed)"
)
_SENDS = _one_of(
    rf"{_LEAD}{_SEND} {_PRIVATE}[^!?\n]{{0,90}}?(?:{_AWAY}|\b(?:link|url|image|query)\b|\bbefore (?:you"
    r" (?:answer|reply|respond)"
    r"|answering|replying))",
    rf"{_LEAD}{_SEND} {_TALK}(?: history| log)?(?: so far)?[^!?\n]{{0,40}}?(?:{_AWAY}|before (?:you )?(?:answer"
    r"|reply|respond)ing?)",
    rf"{_LEAD}{_SEND} [^!?\n]{{0,40}}?\b(?:with|holding|containing) (?:the )?(?:conversation|chat"
    rf"|user['’]s)[^?\n]{{0,40}}?{_AWAY}",
    rf"{_LEAD}(?:collect|steal|gather|harvest|ask for) {_ALL}(?:the )?[^.!?\n]{{0,40}}?(?:of|from) (?:the"
    r" )?(?:user|reader|visitor)s?\b",
    r"\boutput (?:the )?(?:admin|root|user['’]?s?) (?:password|credentials|secret)",
)


def _any(listed: str) -> re.Pattern[str]:
    return re.compile("|".join(word.replace("_", " ") for word in listed.split()))


# For each kind, words of which every such order has one: most sentences have none and are not looked at closely.
_DROP_HINTS = """
    ignor disregard forget overrid bypass skip drop neglect discard erase disobey abandon delete dismiss aside break
    violat circumvent follow obey heed comply adher abid honor honour attention void cancel revoke replaced null
    supersed lifted obsolete no_longer suspend invalid disabled instruction directive from_now from_here from_this
    order: orders: your_ execute fulfil
"""
_LEAK_HINTS = "your_ hidden secret confidential verbatim word_for_word you_were that_you above in_full given_to_you"
_PERSONA_HINTS = """
    act_ behave respond answer reply speak pose role pretend imagine simulat talk persona become character impersonat
    comply continue you_are you're you’re you_will you_must you_shall mode anything_now yourself ethical moral safety
    play_the
"""
_CALL_HINTS = "language_model llm ai chat bot gpt claude gemini copilot assistant crawler this these"
_HIDE_HINTS = "do_not don't don’t never not_ keep hide say_nothing without_"
_SEND_HINTS = "user reader victim customer human visitor private personal conversation chat context dialogue password"
_KINDS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    ("orders to drop what the model was told", _any(_DROP_HINTS), _OVERRIDES),
    ("a request for what the model was told", _any(_LEAK_HINTS), _LEAKS),
    ("a persona without rules", _any(_PERSONA_HINTS), _PERSONAS),
    ("orders addressed to a model", _any(_CALL_HINTS), _CALLS),
    ("orders to hide something from the user", _any(_HIDE_HINTS), _HIDES),
    ("orders to send away what the user wrote", _any(_SEND_HINTS), _SENDS),
)
# Between two sentences, and between two paragraphs.
_GAP = re.compile(r"[.!?](?=\s)|\n(?=[^\S\n]*\n)")


def order_in(text: str) -> tuple[str, str, int] | None:
    """Return what kind of order to a model ``text`` gives, its words and where they begin, or None.

    ``text`` is running text: blank code and quotations first.
    """
    start = 0
    for gap in _GAP.finditer(text):
        if (found := _order_of(text[start : gap.end()])) is not None:
            return found[0], found[1], found[2] + start
        start = gap.start() + 1
    found = _order_of(text[start:])
    return (found[0], found[1], found[2] + start) if found else None


def _order_of(sentence: str) -> tuple[str, str, int] | None:
    lowered = sentence.casefold()
    for kind, hint, pattern in _KINDS:
        if hint.search(lowered) and (match := pattern.search(sentence)):
            words = match.group().strip(" \t\n\"'*_>#-,.:;")
            return kind, words, match.start() + match.group().find(words)
    return None


_TO_MODEL = _one_of(
    rf"(?:^|[.!?\n])\s*{_AI}[^.!?:,\n]{{0,40}}[,:]\s*\w",
    r"^\s*(?:please |now )?(?:ignore|disregard|forget) (?:all|everything|the|previous|prior|what|any|your)\b",
    rf"\b(?:you|{_AI}) (?:must|should|have to|shall|are to)\b",
    rf"{_AI},? (?:please |do not |always |never |\w+ the (?:user|reader))",
)


def hidden_order_in(text: str) -> str | None:
    """Return the order to a model in text that no reader sees; there, being spoken to is enough."""
    found = order_in(text)
    if found is not None:
        return found[1]
    match = _TO_MODEL.search(text)
    return match.group().strip() if match else None
