"""Text that talks to the model that reads it: orders to drop its instructions, marks of a chat, hidden characters.

Knows phrases and characters. Documentation about such attacks quotes them; what stands in code or quotation marks, or
in a pair that is plainly about the subject, is told from an order by where it stands. It must not know any model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from tuneproof.curate.checking.findings import on_pair, shortened
from tuneproof.curate.checking.inputs import CheckInputs, texts_of
from tuneproof.datasets.workspace.records import Finding

_RULES = (
    r"(?:instruction|direction|prompt|rule|guideline|context|command|message|order|constraint|restriction|polic(?:y|ie)"
    r"|training)s?"
)
_AI = (
    r"(?:ai|llm|language\ models?|large\ language\ models?|assistants?|chatbots?"
    r"|ai\ (?:assistant|model|agent|reader)s?)"
)
_LIMITS = r"(?:restrictions?|rules|filters?|limits?|guidelines|bound|restricted|censored)"
_ORDERS = re.compile(
    rf"""\b(?:
      # Drop what you were told.
      (?:ignore|disregard|forget|override|bypass|skip|drop|neglect|discard|erase|do\ not\ follow|don['’]t\ follow
        |stop\ following)\ (?:all\ |any\ |every\ )?(?:of\ )?(?:the\ |your\ |my\ |these\ |those\ )?
        (?:previous|prior|above|earlier|preceding|existing|original|initial|former|system)\ (?:\w+\ ){{0,3}}?{_RULES}
    | (?:ignore|disregard|forget)\ (?:everything|anything|all|what(?:ever)?)\ (?:that\ )?
        (?:you|i|was|were|above|before|said|told|has|have)\b
    | (?:ignore|disregard|forget)\ (?:all\ of\ )?the\ above\ (?:and|instead|text|instructions?)\b
    | (?:ignore|disregard|forget|override|bypass)\ (?:all\ )?(?:of\ )?your\ (?:\w+\ ){{0,2}}?{_RULES}
      # Say what you were told.
    | (?:reveal|print|show|output|repeat|leak|display|tell\ (?:me|us)|give\ (?:me|us)|send|disclose|expose
        |dump)\ (?:me\ )?
        (?:your|the\ (?:hidden|secret|full|entire|original|initial))\ (?:\w+\ ){{0,2}}?
        (?:(?:system|initial|hidden|developer)\ )(?:prompt|message|instructions?)
      # Be somebody else.
    | you\ are\ (?:now|no\ longer)\ (?:an?\ (?:\w+\ )?(?:ai|assistant|model|chatbot|bot|hacker|pirate|persona|expert
        |character)
        |the\ (?:assistant|model|admin)|bound\b|dan\b|going\ to\ act|free\ (?:from|of)|unrestricted|jailbroken|acting
        |playing
        |in\ (?:\w+\ )?mode\b)
    | (?:act|behave|respond|answer)\ as\ (?:if\ you\ (?:had|have|were)|though\ you\ had)\ (?:no|not|without|un)\ ?
        (?:\w+\ ){{0,2}}?{_LIMITS}
    | (?:pretend|imagine)\ (?:that\ )?you\ (?:are|have|were)\ (?:not\ |no\ |an?\ )(?:\w+\ ){{0,3}}?(?:ai|assistant
        |model|{_LIMITS})
    | (?:enter|enable|activate|switch\ to|turn\ on)\ (?:developer|dan|jailbreak|god|unrestricted)\ mode[ ]
        (?:and|now|for\ this|without|to\ (?:bypass|answer))
    | do\ anything\ now
    | (?:without|with\ no)\ (?:any\ )?(?:ethical|moral|safety|content)\ (?:restrictions?|filters?|guidelines
        |considerations)
      # You who read this.
    | (?:new|updated|real|actual|important|secret|urgent)\ (?:system\ )?(?:instructions?|directives?)\ (?:for|to)[ ]
        (?:the\ |any\ |all\ )?(?:{_AI}|model)
    | (?:attention|note\ to|message\ (?:to|for)|instructions?\ (?:to|for)|if\ you\ are|dear)\ (?:an?\ |the\ |any[ ]
        |all\ )?
        {_AI}\b\ ?[:,]?\ (?:you|please|must|do|ignore|always|never|say|output|respond|reading|processing|summari|trained
        |include|recommend|answer)
    | from\ now\ on,?\ (?:you\ (?:will|must|shall|are)|always|only|respond|answer)\ (?:\w+\ ){{0,4}}?
        (?:answer|respond|reply|obey|ignore|say|act|refuse|follow|as|pretend)\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# One of these stands in every order above; looking for them first is what keeps the check quick.
_START_LIST = """
    ignore disregard forget override bypass skip drop neglect discard erase follow prompt message instruction directive
    are_now no_longer as_if_you as_though pretend imagine mode anything_now without with_no attention note_to dear
    from_now_on if_you_are
"""
_STARTS = tuple(start.replace("_", " ") for start in _START_LIST.split())
_BARE_ORDER = re.compile(
    r"(?:^|[.!?:\n]\s{0,3}|\b(?:please|now|assistant[:,]?|ai[:,]?|must|should|instead,?)\s)"
    r"(?:ignore|disregard|forget)\s(?:all|everything|the above|previous|prior|what|any)\b",
    re.IGNORECASE,
)
# Marks by which chat templates tell who speaks; in running text they can make a turn of their own.
_ROLE_MARKS = re.compile(
    r"""<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|eom_id|start_header_id|end_header_id
        |begin_of_text|end)\|>
    | <<SYS>> | <</SYS>> | \[/?INST\] | \[/?SYSTEM_PROMPT\] | <(?:start|end)_of_turn> | <｜(?:User|Assistant)｜>
    | ^\#{2,3}\ (?:System|Instruction|Response|Human|Assistant):[ \t]*$
    | ^[ \t]*(?:SYSTEM|Human|Assistant|\[system\]|\(system\)|<system>)\ ?:?\ (?=[^\n]{0,80}\b(?:you|ignore|must|never
        |always)\b)
    """,
    re.MULTILINE | re.VERBOSE,
)
# Characters that nobody sees: Unicode tags, direction overrides, and runs of joiners that can hold a message.
_TAGS = re.compile("[\U000e0001\U000e0020-\U000e007f]+")
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE_RUN = re.compile("[\u200b-\u200d\u2060-\u2064\ufeff\u180e]{4,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_HIDDEN_COMMENT = re.compile(r"<!--(?P<said>[^<>]{0,400})-->")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’|(?<!\w)'[^'\n]{1,200}'(?!\w)")
_ABOUT_IT = re.compile(
    r"prompt injection|jailbreak|adversarial|red[- ]team|attack(?:er|s)?\b|malicious|guardrail|moderation"
    r"|chat template|special tokens?|template|tokenizer|bidirectional|unicode|direction",
    re.IGNORECASE,
)


def find_prompt_injections(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``prompt_injection`` for each pair with text that gives orders to the model that reads it."""
    for row in inputs.rows:
        for side, text in texts_of(row):
            # Telling a model what it is now is what a system prompt is for.
            if side == "system prompt":
                continue
            found = injection_in(text)
            if found:
                kind, piece, start = found
                message = f"The {side} has {kind}: {shortened(ascii(piece)[1:-1], 80)}."
                evidence = {"side": side, "kind": kind, "text": piece[:200], "start": start, "end": start + len(piece)}
                yield on_pair(row, "prompt_injection", "warn", message, evidence)
                break


def injection_in(text: str) -> tuple[str, str, int] | None:
    """Return what kind of injection ``text`` has, its words, and where they begin, or None."""
    if not text.isascii():
        flags = [match.span() for match in _FLAG_TAGS.finditer(text)]
        for tags in _TAGS.finditer(text):
            if not any(start <= tags.start() < end for start, end in flags):
                return "hidden tag characters", tags.group(), tags.start()
        if match := _INVISIBLE_RUN.search(text):
            return "a run of invisible characters", match.group(), match.start()
        if (match := _BIDI.search(text)) and not re.search("[\u0590-\u08ff]", text):
            return "a hidden change of direction", match.group(), match.start()
    about = _ABOUT_IT.search(text) is not None
    said = _blanked(text, _CODE)
    # In code, the marks are what documentation of a model's template shows, unless an order comes with them.
    marked = text if not about and _ORDERS.search(text) else said
    if (match := _ROLE_MARKS.search(marked)) and not (about and _QUOTED.search(said)):
        return "a mark of a chat's turns", match.group().strip(), match.start()
    for comment in _HIDDEN_COMMENT.finditer(text):
        if _ORDERS.search(comment["said"]) or _BARE_ORDER.search(comment["said"]):
            return "orders in a hidden comment", comment.group(), comment.start()
    # A quoted order is an example of one where the text is about such orders.
    spoken = _blanked(said, _QUOTED) if about else said
    if not any(start in spoken.casefold() for start in _STARTS):
        return None
    for order in islice(_ORDERS.finditer(spoken), 20):
        if not _described(spoken, order.start()):
            return "orders to the model that reads it", order.group(), order.start()
    return None


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: " " * len(match.group()), text)


def _described(text: str, start: int) -> bool:
    """Return whether the words before an order make it a statement: "which will ignore previous rules"."""
    before = text[max(0, start - 40) : start].casefold()
    return (
        re.search(
            r"\b(?:to|will|would|does|do|can|could|may|might|not|that|which|it|they|method|function|option|flag|setting|rules?"
            r"|configuration|parser|server|client|class|command|this|these)\s(?:\w+\s)?$",
            before,
        )
        is not None
        and re.search(r"\b(?:you|must|please|need|want|have|going)\b", before) is None
    )
