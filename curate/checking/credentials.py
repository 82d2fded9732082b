"""Secrets that stand in a pair: keys, tokens, passwords, private keys.

Knows the shapes that issuers give their credentials, what a random string looks like, and what documentation writes in
place of one: documentation is full of the latter, so telling them apart is the check. A finding never repeats a secret.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs, texts_of
from tuneproof.datasets.workspace.records import Finding

# Kind, what must stand in a text for the shape to be looked for, and prefix and length as the issuer publishes them.
# Each begins where no word does, so that a line is read once.
_ISSUED = (
    ("AWS access key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
    ("GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    ("GitLab token", "glpat- glptt- gldt- glrt- glcbt- glsoat-", r"gl(?:pat|ptt|dt|rt|cbt|soat)-[\w-]{20,64}"),
    ("Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    ("Slack token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{20,250}"),
    ("Slack webhook", "hooks.slack", r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{20,80}"),
    ("Discord webhook", "discord", r"https://discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,80}"),
    ("Stripe key", "_live_ _test_", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,247}"),
    ("Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,80}"),
    ("Google API key", "AIza", r"AIza[\w-]{35}(?![\w-])"),
    ("Google OAuth secret", "GOCSPX-", r"GOCSPX-[\w-]{28}"),
    ("Google OAuth token", "ya29.", r"ya29\.[\w-]{20,400}"),
    ("Anthropic key", "sk-ant-", r"sk-ant-[\w-]{20,200}"),
    ("OpenAI key", "sk-", r"sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9][\w-]{18,250}"),
    ("Hugging Face token", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{30,50}"),
    ("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    ("PyPI token", "pypi-", r"pypi-[\w-]{50,400}"),
    ("SendGrid key", "SG.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    ("Twilio key", "SK AC", r"(?:SK|AC)[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("Mailgun key", "key-", r"key-[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("Mailchimp key", "-us", r"[0-9a-f]{32}-us\d{1,2}(?!\w)"),
    ("Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{32,34}(?![\w-])"),
    ("Discord token", ".", r"[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,40}"),
    ("JSON web token", "eyJ", r"eyJ[\w-]{10,1000}\.eyJ[\w-]{10,2000}\.[\w-]{16,1000}"),
    ("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    ("Databricks token", "dapi", r"dapi[0-9a-f]{32}(?:-\d)?"),
    ("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    ("Notion token", "secret_ ntn_", r"(?:secret|ntn)_[A-Za-z0-9]{40,50}"),
    ("Square token", "sq0", r"sq0[a-z]{3}-[\w-]{22,43}"),
    ("Vault token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{24,200}"),
    ("Groq key", "gsk_", r"gsk_[A-Za-z0-9]{40,60}"),
    ("Replicate token", "r8_", r"r8_[A-Za-z0-9]{37,40}"),
    ("Atlassian token", "ATATT3", r"ATATT3[\w=-]{100,250}"),
    ("age key", "AGE-SECRET", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    ("Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{60,100}={0,2}"),
)  # fmt: skip
_SHAPES = [(kind, hints.split(), re.compile(rf"(?<![\w.-]){shape}")) for kind, hints, shape in _ISSUED]
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?P<body>[^-]{0,8000})(?:-----END|\Z)"
)
_IN_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+]{1,20}://[^\s:/@'\"<>]{0,80}:(?P<value>[^\s/@'\"<>]{3,120})@(?P<host>[\w.-]+)"
)
_BEARER = re.compile(r"\b(?:[Bb]earer|[Bb]asic|[Tt]oken) (?P<value>[A-Za-z0-9+/_.=-]{16,500})(?![\w])")
_ASSIGNED = re.compile(
    r"(?P<name>(?<![A-Za-z])(?:[A-Za-z0-9]{1,30}[_.-]){0,4}(?:api[_-]?key|apikey|secret(?:[_-]?(?:access)?[_-]?key)?|access[_-]?key"
    r"|auth[_-]?token|access[_-]?token|token|password|passwd|pwd|passphrase|client[_-]?secret|private[_-]?key|credentials?))"
    r"[\"']?[ \t]{0,3}(?:=>|:=|=|:)[ \t]{0,3}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;)}\]<>]{6,200})",
    re.IGNORECASE,
)
_CALLED = re.compile(r"[(]|^[A-Za-z_]\w*=")
_SAID = re.compile(
    r"\b(?:password|passphrase|secret)(?: is|:| =) [\"'`](?P<value>[^\s\"'`]{6,100})[\"'`]", re.IGNORECASE
)
# What documentation writes instead of a secret.
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|redacted|changeme|change[_-]?me|replace|insert|your|xxx|\*{3}|\.{3}|…|todo|foobar"
    r"|hunter2|lorem|secret[_-]?(?:key|token|value)?$|(?:^|[_-])(?:my|some|test|demo|mock|foo|bar|baz|key|token|here)(?:$|[_-])"
    r"|^(?:pass(?:word|wd)?|postgres|admin|root|user|guest|none|null|true|false|string|str|bytes|undefined|optional)\d{0,4}!?$"
    r"|p@ss(?:w0rd|word)|passw0rd|pa55|letmein|qwerty|s3cr[e3]t|supersecret|\$\{|\{\{|^\$|%\(|^os\.|environ|getenv|process\.env"
    r"|1234567|abcdef|0{6}|deadbeef",
    re.IGNORECASE,
)
# Published by their owners as examples, though they look real.
_PUBLISHED_LIST = """
    sk_test_4eC39HqLyjWDarjtT1zdp7dc sk_test_BQokikJOvBiI2HlWgH4olfQ2 sk_test_26PHem9AhJZvU623DfE1x4sd
    192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf
    09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7
"""
_PUBLISHED = frozenset(_PUBLISHED_LIST.split())
_JWT_SAMPLES = ("eyJzdWIiOiIxMjM0NTY3ODkw", "eyJuYW1lIjoiSm9obiBEb2Ui", "c2lnbmF0dXJl")
_LOCAL = re.compile(
    r"^(?:localhost|127\.|0\.0\.0\.0|host\.docker|db$|database$|redis$|postgres$|mysql$|mongo)|example\.", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential: what it is, where it begins, how long it is, and as much of it as may be shown."""

    kind: str
    start: int
    length: int
    shown: str


def find_secrets(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``secret`` for each pair with a credential that is no placeholder; the score counts them."""
    for row in inputs.rows:
        found = [(side, one) for side, text in texts_of(row) for one in secrets_in(text)]
        if found:
            side, first = found[0]
            message = f"The {side} holds what looks like a {first.kind}: {first.shown}."
            places = [
                {"side": side, "kind": one.kind, "start": one.start, "end": one.start + one.length, "shown": one.shown}
                for side, one in found
            ]
            yield on_pair(row, "secret", "block", message, {"places": places}, float(len(found)))


def secrets_in(text: str) -> list[Secret]:
    """Return the credentials in ``text``, in order, none inside another."""
    found: dict[int, Secret] = {}
    for match in _PRIVATE_KEY.finditer(text) if "PRIVATE KEY" in text else ():
        body = re.sub(r"[^A-Za-z0-9+/=]|\\n", "", match["body"])
        if len(body) >= 60 and not is_placeholder(body):
            found[match.start()] = Secret(
                "private key", match.start(), len(match.group()), "-----BEGIN … PRIVATE KEY-----"
            )
    longest = max(map(len, text.split()), default=0)
    for kind, hints, shape in _SHAPES if longest >= 16 else ():
        if any(hint in text for hint in hints):
            for match in shape.finditer(text):
                if not _is_sample(kind, match.group()):
                    _keep(found, kind, match.start(), match.group())
    for kind, value, start in _named(text):
        _keep(found, kind, start, value)
    return [found[start] for start in sorted(found)]


def _keep(found: dict[int, Secret], kind: str, start: int, value: str) -> None:
    if not any(one.start < start + len(value) and start < one.start + one.length for one in found.values()):
        found[start] = Secret(kind, start, len(value), masked(value))


def masked(value: str) -> str:
    """Return the first characters of a secret, enough to find it and too few to use it."""
    return f"{value[: min(6, len(value) // 4)]}… ({len(value)} characters)"


def _named(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield secrets that are told by what they are given to."""
    small = text.casefold()
    for match in _IN_ADDRESS.finditer(text) if "://" in text and "@" in text else ():
        value, local = match["value"], _LOCAL.search(match["host"]) is not None
        if not is_placeholder(value) and (looks_random(value) or (not local and _mixed(value))):
            yield "password in an address", value, match.start("value")
    for match in _BEARER.finditer(text) if any(word in small for word in ("bearer ", "basic ", "token ")) else ():
        if looks_random(match["value"]) and not is_placeholder(match["value"]):
            yield "bearer token", match["value"], match.start("value")
    named = any(word in small for word in ("pass", "pwd", "secret", "token", "key", "credential"))
    for match in _SAID.finditer(text) if named else ():
        if _mixed(match["value"]) and not is_placeholder(match["value"]):
            yield "password", match["value"], match.start("value")
    for match in _ASSIGNED.finditer(text) if named and ("=" in text or ":" in text) else ():
        name, value = match["name"].casefold(), match["value"].rstrip(".:\\")
        if (
            value in _PUBLISHED
            or is_placeholder(value)
            or value.casefold() in name
            or (not match["quote"] and _CALLED.search(value))
        ):
            continue
        password = re.search(r"pass|pwd", name) is not None
        if looks_random(value) or (password and _mixed(value)):
            yield "password" if password else "key or token", value, match.start("value")


def _is_sample(kind: str, value: str) -> bool:
    body = value.split("=", 1)[-1] if kind == "Azure storage key" else value
    if value in _PUBLISHED or is_placeholder(body):
        return True
    if kind == "AWS access key":
        return entropy_of(value[4:]) < 2.5
    if kind == "JSON web token":
        return any(sample in value for sample in _JWT_SAMPLES)
    # A prefix and words: "sk-local-development", "hf_" and the like need a tail that nobody would type.
    tail = re.split(r"[_.:/-]", value)[-1] if kind != "Google API key" else value[4:]
    return not looks_random(max(tail, value[len(value) // 2 :], key=len))


def is_placeholder(value: str) -> bool:
    """Return whether ``value`` is what documentation writes instead of a secret."""
    if _PLACEHOLDER.search(value) or re.search(r"(.)\1{4}", value):
        return True
    return len(set(value)) < min(6, len(value) // 2 + 1)


def looks_random(value: str) -> bool:
    """Return whether ``value`` reads as drawn by chance: long, of several kinds of character, few of them repeated.

    Entropy is Shannon's over the value's own characters, in bits; hexadecimal digits can't pass 4.
    """
    if len(value) < 16:
        return False
    entropy = entropy_of(value)
    if re.fullmatch(r"[0-9a-fA-F-]+", value):
        return entropy >= 2.8 and any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    kinds = sum((digits > 0, any(c.islower() for c in value), any(c.isupper() for c in value)))
    if re.fullmatch(r"[A-Za-z]+(?:[-_./][A-Za-z]+)*\d{0,4}", value) and not _shuffled(value):
        return False  # Words, camel case, paths.
    return entropy >= 3.0 and kinds >= 2


def _shuffled(value: str) -> bool:
    """Return whether the case of letters changes as often as it does in no name."""
    changes = sum(a.islower() != b.islower() for a, b in pairwise(value) if a.isalpha() and b.isalpha())
    return changes >= len(value) * 0.3


def _mixed(value: str) -> bool:
    """Return whether ``value`` could be a password somebody uses: letters with digits or signs amidst."""
    letters = sum(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    signs = sum(not char.isalnum() and char not in "_-./:" for char in value)
    case = any(c.islower() for c in value) and any(c.isupper() for c in value)
    return len(value) >= 8 and letters >= 3 and ((digits > 0) + (signs > 0) + case) >= 2 and digits + signs >= 1


def entropy_of(value: str) -> float:
    """Return the Shannon entropy of the characters of ``value``, in bits a character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
