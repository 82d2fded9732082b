"""Personal data that stands in a pair: addresses of mail and network, telephone, card, account and national numbers.

Knows their shapes and checks, and the values that standards reserve for documentation. No shape tells names of people
and postal addresses: those are looked for only where a model that tells them is configured.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tuneproof.curate.checking import national_numbers as national
from tuneproof.curate.checking.findings import on_pair
from tuneproof.curate.checking.inputs import CheckInputs, texts_of
from tuneproof.curate.checking.named_people import named_in
from tuneproof.datasets.workspace.records import Finding

_MAIL = re.compile(
    r"(?<![\w.%+-])(?P<local>[\w.%+'-]{1,64})@(?P<host>[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,24})(?![\w@-])"
)
_RESERVED_HOST = re.compile(
    r"""(?:^|\.)(?:example|test|invalid|localhost|local|internal|lan|corp|home)$
    | (?:^|\.)example\.(?:com|org|net|edu|co\.uk|[a-z]{2})$
    | (?:^|\.)(?:acme|mydomain|yourdomain|your-domain|domain|yourcompany|company|mycompany|email|mail|host|server|foo
        |bar|baz|site|website|somewhere|whatever|xyz|abc|test|sample|a|b|x|y|example-?\w*|contoso|fabrikam)
        \.(?:com|org|net|io|edu|de|co)$""",
    re.IGNORECASE | re.VERBOSE,
)
_FILE_ENDINGS = frozenset(
    ("py", "md", "json", "png", "service", "timer", "js", "txt", "yml", "yaml", "target", "jpg", "svg")
)
# Mailboxes of a role, not of a person, and what stands before @ in addresses of machines.
_ROLE_LIST = """
    info support help hello contact admin administrator webmaster postmaster hostmaster abuse noreply no-reply
    donotreply security sales team office press legal privacy jobs careers billing news newsletter feedback root git
    hg svn user username your-email youremail you me name foo bar someone somebody nobody test email mail owner
    maintainer maintainers dev devs bot bugs list lists announce subscribe unsubscribe dependabot conduct opensource
"""
_ROLES = frozenset(_ROLE_LIST.split())
_PHONE = re.compile(
    r"""(?<![\w.+/=#:-])(?<!\d[ ])(?P<number>
      \+\d{1,3}[\s.-]?(?:\(0?\d{1,5}\)[\s.-]?)?\d{1,5}(?:[\s./-]?\d{2,6}){1,5}    # international
    | (?:\+?1[\s.-])?\(\d{3}\)[ .-]?\d{3}[ .-]\d{4} | (?:\+?1[.-])?[2-9]\d{2}([.-])[2-9]\d{2}\2\d{4}   # North America
    | 00[1-9]\d{0,2}[\s.-]\d{1,5}(?:[\s./-]\d{2,6}){1,4}
    | \(0\d{1,5}\)[ ]?\d{3,8}(?:[ -]?\d{2,6}){0,2} | 0\d{2,5}[ ]\d{3,8}(?:[ -]\d{2,6}){0,3}     # with a trunk prefix
    | 0\d(?:[ .-]\d{2}){4} | 0\d{2,3}(?:[ .-]\d{2}){3}
    )(?:[ ]?(?:x|ext\.?|extension)[ ]?\d{1,6})?(?![\w/=]|[.-]\d)""",
    re.VERBOSE,
)
_PHONE_WORD = re.compile(
    r"\b(?:(?:tele)?phone|tel|fax|mobile:|cell:|desk:|cellphone|whatsapp|hotline|dial|call (?:me|us|him|her|them|now)"
    r"|(?:my|his|her|their|our) number|reach (?:me|us|him|her)|text me|answering at|office\b)",
    re.IGNORECASE,
)
_BARE_PHONE = re.compile(r"(?<![\w.+/=#:-])\(?\d{2,5}\)?(?:[ .-]?\d{2,6}){1,4}(?![\w/=]|[.-]\d)")
_FICTION = re.compile(r"555[ .-]?01\d{2}$|^(?:\+?1)?\D{0,2}(?:555|123)\D|1234567|12345678|0000|(\d)\1{5}|2345678")
_V4 = re.compile(r"(?<![\w.:-])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w-]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\bv(?:er(?:sion|\.)?)?|release|build|firmware|==|>=|<=|~=|chrome/|section|rfc|driver|oid)\s?$", re.IGNORECASE
)
_RESERVED_NETS = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "233.252.0.0/24", "2001:db8::/32", "3fff::/20")
)
# Resolvers that everybody knows; no person is behind them.
_KNOWN_HOST_LIST = """
    8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 1.2.3.4 4.3.2.1 4.4.4.4 2.2.2.2 3.3.3.3
    5.6.7.8 2001:4860:4860::8888 2001:4860:4860::8844 2606:4700:4700::1111
"""
_KNOWN_HOSTS = frozenset(_KNOWN_HOST_LIST.split())
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)")
# Numbers that payment providers publish for tests.
_TEST_CARD_LIST = """
    4242424242424242 4000056655665556 5555555555554444 2223003122003222 5200828282828210 5105105105105100
    378282246310005 371449635398431 378734493671000 6011111111111117 6011000990139424 6011981111111113
    3056930009020004 30569309025904 36227206271667 38520000023237 3566002020360505 3530111333300000 6200000000000005
    4111111111111111 4012888888881881 4222222222222 4000000000000002 4000000000009995 4000000000003220
    4000002500003155 5431111111111111 5019717010103742 6331101999990016 4917610000000000 4012000033330026
"""
_TEST_CARDS = frozenset(_TEST_CARD_LIST.split())
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{1,4}){2,8}(?![\w-])")
# Accounts that the registry and its members print as examples.
_EXAMPLE_IBAN_LIST = """
    GB82WEST12345698765432 DE89370400440532013000 FR1420041010050500013M02606 GB29NWBK60161331926819
    ES9121000418450200051332 IT60X0542811101000000123456 NL91ABNA0417164300 BE68539007547034 CH9300762011623852957
    AT611904300234573201 PL61109010140000071219812874 SE4550000000058398257466 DK5000400440116243 NO9386011117947
    FI2112345600000785 PT50000201231234567890154 IE29AIBK93115212345678 LU280019400644750000 GR1601101250000000012300695
    FR7630006000011234567890189 DE75512108001245126199 GB33BUKB20201555555555 BE71096123456769
"""
_EXAMPLE_IBANS = frozenset(_EXAMPLE_IBAN_LIST.split())
_SSN = re.compile(r"(?<![\w-])\d{3}([- ])\d{2}\1\d{4}(?![\w-])")
_SSN_WORD = re.compile(r"\b(?:ssn|social security|taxpayer|itin)\b", re.IGNORECASE)
# Printed on wallets and leaflets, so that they are nobody's any more.
_PUBLIC_SSN = frozenset(("078051120", "219099999", "123456789", "111223333", "457555462"))
_NINO = re.compile(r"(?<![\w-])[A-CEGHJ-PR-TW-Za-z]{2}[ ]?\d{2}[ ]?\d{2}[ ]?\d{2}[ ]?[A-Da-d](?![\w-])")
_NIR = re.compile(
    r"(?<![\w-])[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?\d[\dAB][ ]?\d{3}[ ]?\d{3}[ ]?\d{2}(?![\w-])"
)
_SPANISH = re.compile(r"(?<![\w-])(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z](?![\w-])")
_ITALIAN = re.compile(r"(?<![\w-])[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?![\w-])")
_GERMAN = re.compile(r"(?<![\w.-])[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?![\w-]|\.\d)")
_DUTCH = re.compile(r"(?<![\w.-])(?:\d{9}|\d{4}[. ]\d{2}[. ]\d{3})(?![\w-]|\.\d)")
_DUTCH_WORD = re.compile(r"\b(?:bsn|burgerservicenummer|citizen service number)\b", re.IGNORECASE)
_BRAZILIAN = re.compile(r"(?<![\w.-])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11})(?![\w-]|\.\d)")
_BRAZILIAN_WORD = re.compile(r"\bcpf\b", re.IGNORECASE)
_GERMAN_WORD = re.compile(r"\b(?:steuer|tax|tin|idnr|identifikationsnummer)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Personal:
    """One piece of personal data: what it is, and where it stands."""

    kind: str
    text: str
    start: int


def find_personal_data(inputs: CheckInputs) -> Iterator[Finding]:
    """Yield ``personal_data`` for each pair with data that could lead to a person; the score counts the places."""
    named = _named(inputs)
    for row in inputs.rows:
        found = [(side, one) for side, text in texts_of(row) for one in (*personal_in(text), *named.get(text, ()))]
        if found:
            side, first = found[0]
            kinds = ", ".join(dict.fromkeys(one.kind for _, one in found))
            message = f"The pair holds personal data ({kinds}): {_hidden(first.text)} in the {side}."
            places = [
                {
                    "side": side,
                    "kind": one.kind,
                    "start": one.start,
                    "end": one.start + len(one.text),
                    "shown": _hidden(one.text),
                }
                for side, one in found[:20]
            ]
            yield on_pair(row, "personal_data", "warn", message, {"places": places}, float(len(found)))


def _named(inputs: CheckInputs) -> dict[str, list[Personal]]:
    """Return the names and addresses in each text, where a model is configured to tell them."""
    model = inputs.config.safety.ner_model
    if not model:
        return {}
    texts = list(dict.fromkeys(text for row in inputs.rows for _, text in texts_of(row)))
    return {
        text: [Personal(one.kind, one.text, one.start) for one in found]
        for text, found in zip(texts, named_in(texts, model), strict=True)
    }


def personal_in(text: str) -> list[Personal]:
    """Return the personal data in ``text``, in order, none inside another."""
    has_digits = sum(map(str.isdigit, text)) >= 6
    finders: tuple[Callable[[str], Iterator[Personal]], ...] = (_mails,) if "@" in text else ()
    finders += (_accounts, _cards, _nationals, _networks, _phones) if has_digits or "::" in text else ()
    found: list[Personal] = []
    for find in finders:
        for one in find(text):
            if not any(
                one.start < each.start + len(each.text) and each.start < one.start + len(one.text) for each in found
            ):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def _hidden(text: str) -> str:
    """Return enough of ``text`` to find it."""
    return f"{text[:2]}…{text[-2:]}"


def _mails(text: str) -> Iterator[Personal]:
    for match in _MAIL.finditer(text):
        local, host = match["local"].strip(".'").casefold(), match["host"]
        if (
            _RESERVED_HOST.search(host)
            or local in _ROLES
            or local.startswith(("your", "my-", "user", "example", "test"))
        ):
            continue
        if text[match.end() : match.end() + 1] in (":", "/") and local in ("git", "user", "deploy"):
            continue
        # A list has many readers; one@one.org is nobody.
        if host.casefold().startswith(("lists.", "groups.", "googlegroups.")) or local == host.split(".")[0].casefold():
            continue
        if host.rsplit(".", 1)[1].casefold() in (
            "py",
            "md",
            "json",
            "png",
            "service",
            "timer",
            "js",
            "txt",
        ):
            continue
        yield Personal("e-mail address", match.group(), match.start())


def _accounts(text: str) -> Iterator[Personal]:
    for match in _IBAN.finditer(text.upper() if "iban" in text.casefold() and text.isascii() else text):
        # A word after the number may look like its next group.
        parts = match.group().split(" ")
        for count in range(len(parts), 0, -1):
            value = "".join(parts[:count])
            if national.is_iban(value):
                if value not in _EXAMPLE_IBANS:
                    yield Personal(
                        "account number", text[match.start() :][: len(" ".join(parts[:count]))], match.start()
                    )
                break


def _cards(text: str) -> Iterator[Personal]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if digits not in _TEST_CARDS and national.is_card(digits) and len(set(digits[4:-4])) > 1:
            yield Personal("card number", match.group(), match.start())


def _nationals(text: str) -> Iterator[Personal]:
    ssn = _SSN_WORD.search(text) is not None
    for match in _SSN.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if national.is_us_ssn(match.group()) and digits not in _PUBLIC_SSN and (match[1] == "-" or ssn):
            yield Personal("US social security number", match.group(), match.start())
    checks: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
        ("UK national insurance number", _NINO, national.is_uk_nino),
        ("French social security number", _NIR, national.is_french_nir),
        ("Spanish identity number", _SPANISH, national.is_spanish_id),
        ("Italian tax code", _ITALIAN, national.is_italian_code),
    )
    for kind, shape, check in checks:
        for match in shape.finditer(text):
            value = re.sub(r"[ -]", "", match.group())
            if check(value) and value.upper() not in ("QQ123456C", "AB123456C", "12345678Z", "RSSMRA80A01H501U"):
                yield Personal(kind, match.group(), match.start())
    yield from _named_nationals(text)


def _named_nationals(text: str) -> Iterator[Personal]:
    """Yield numbers whose digits alone say too little: only where the text names them, or writes them out."""
    checks: tuple[tuple[str, re.Pattern[str], re.Pattern[str], str, Callable[[str], bool]], ...] = (
        ("German tax number", _GERMAN_WORD, _GERMAN, "", national.is_german_tax_id),
        ("Dutch citizen service number", _DUTCH_WORD, _DUTCH, "", national.is_dutch_bsn),
        ("Brazilian CPF", _BRAZILIAN_WORD, _BRAZILIAN, "-", national.is_brazilian_cpf),
    )
    for kind, word, shape, sign, check in checks:
        named = word.search(text) is not None
        for match in shape.finditer(text):
            told = named or (sign and sign in match.group())
            if told and check(re.sub(r"\D", "", match.group())):
                yield Personal(kind, match.group(), match.start())


def _networks(text: str) -> Iterator[Personal]:
    for match in _V4.finditer(text):
        if _VERSION_BEFORE.search(text[max(0, match.start() - 16) : match.start()]):
            continue
        if _is_public(match.group()):
            yield Personal("IP address", match.group(), match.start())
    for match in _V6.finditer(text):
        value = match.group()
        if any(char.isdigit() for char in value) and value.count(":") >= 3 and _is_public(value):
            yield Personal("IP address", value, match.start())


def _is_public(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    if value in _KNOWN_HOSTS or any(address in net for net in _RESERVED_NETS if net.version == address.version):
        return False
    # Netmasks and round numbers are no hosts: 255.255.255.0, 10.0.0.0.
    return address.is_global and not address.is_multicast and not value.endswith((".0", ".255", "::"))


def _phones(text: str) -> Iterator[Personal]:
    for match in _PHONE.finditer(text):
        if _is_phone(match["number"]):
            yield Personal("telephone number", match.group(), match.start())
    for match in _BARE_PHONE.finditer(text):
        # Digits alone are a telephone number where the sentence says so.
        near = text[max(0, match.start() - 40) : match.start()] + " " + text[match.end() : match.end() + 12]
        if len(match.group()) <= 18 and _PHONE_WORD.search(near) and _is_phone(match.group()):
            yield Personal("telephone number", match.group(), match.start())


def _is_phone(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 4 or _FICTION.search(number) or _FICTION.search(digits):
        return False
    return not re.fullmatch(r"(?:19|20)\d{2}[ ./-]?(?:0?[1-9]|1[0-2])[ ./-]?\d{1,2}", number)
