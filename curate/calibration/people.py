"""Personal data, made fresh, beside the placeholders and plain numbers that documentation is full of.

Knows how addresses and numbers of people are written. It must not know the patterns of a check.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tuneproof.curate.calibration import national_numbers as numbers
from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, pick
from tuneproof.curate.rows import PairRow

_FIRST = ("anna", "marcus", "lucia", "pavel", "ines", "tobias", "fatima", "george", "hannah", "ravi", "sofia", "liam")
_LAST = (
    "keller",
    "moreau",
    "santos",
    "novak",
    "lindgren",
    "okafor",
    "rossi",
    "turner",
    "hansen",
    "iyer",
    "vidal",
    "baker",
)
_HOSTS = ("gmail.com", "outlook.com", "web.de", "orange.fr", "yahoo.co.uk", "proton.me", "hotmail.it", "telia.se")


def _email(rng: Random) -> str:
    first, last = pick(_FIRST, rng), pick(_LAST, rng)
    local = pick(
        (f"{first}.{last}", f"{first[0]}{last}{rng.randrange(60, 99)}", f"{last}_{first}", f"{first}.{last}+lists"), rng
    )
    return f"{local}@{pick(_HOSTS, rng)}"


def _phone(rng: Random) -> str:
    def some(count: int) -> str:
        return numbers.digits(count, rng)

    area = pick(("212", "415", "617", "312", "206"), rng)
    middle = pick(("234", "487", "629", "738", "862"), rng)
    return pick(
        (
            f"({area}) {middle}-{some(4)}",
            f"+1 {area} {middle} {some(4)}",
            f"{area}-{middle}-{some(4)}",
            f"+44 20 7{some(3)} {some(4)}",
            f"+49 171 {some(7)}",
            f"+33 6 {some(2)} {some(2)} {some(2)} {some(2)}",
            f"+34 6{some(2)} {some(3)} {some(3)}",
            f"+39 347 {some(7)}",
            f"+14155{some(6)}",
            f"07{some(3)} {some(6)}",
        ),
        rng,
    )


def _ipv4(rng: Random) -> str:
    first = pick(("84", "91", "78", "62", "212", "151", "188", "73"), rng)
    return f"{first}.{rng.randrange(10, 250)}.{rng.randrange(1, 250)}.{rng.randrange(2, 250)}"


def _ipv6(rng: Random) -> str:
    groups = ":".join(f"{rng.randrange(4096, 65535):x}" for _ in range(4))
    return f"2a02:8{rng.randrange(100, 999)}:{rng.randrange(256, 4095):x}:{rng.randrange(256, 4095):x}:{groups}"


_CONTEXTS: dict[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "e-mail": (
        _email,
        (
            "Write to {v} if it fails.",
            "The report was sent by {v}.",
            "Contact: {v}",
            "From: {v}",
            "It notifies <{v}> as well.",
        ),
    ),
    "phone": (
        _phone,
        (
            "Call {v} for support.",
            "My phone number is {v}.",
            "Phone: {v}",
            "You reach the operator at {v}.",
            "Tel. {v}",
        ),
    ),
    "ip": (
        _ipv4,
        (
            "The user logged in from {v}.",
            "The client's address was {v}.",
            "Last login: {v}",
            "Requests from {v} were blocked.",
        ),
    ),
    "ipv6": (_ipv6, ("The client's address was {v}.", "The user connected from {v}.")),
    "card": (
        numbers.card,
        ("The card {v} was charged.", "Card number: {v}", "She paid with {v}.", "He used his credit card {v}."),
    ),
    "iban": (numbers.iban, ("Transfer it to {v}.", "IBAN: {v}", "The refund goes to the account {v}.")),
    "us ssn": (numbers.us_ssn, ("His social security number is {v}.", "SSN: {v}", "The SSN {v} is on file.")),
    "uk nino": (numbers.uk_nino, ("National Insurance number: {v}", "Her NI number is {v}.")),
    "fr nir": (numbers.fr_nir, ("Numéro de sécurité sociale : {v}", "Her French social security number is {v}.")),
    "es dni": (numbers.es_dni, ("DNI: {v}", "The customer's DNI is {v}.")),
    "it codice fiscale": (numbers.it_codice_fiscale, ("Codice fiscale: {v}", "His tax code is {v}.")),
    "de tax id": (numbers.de_tax_id, ("Steuer-ID: {v}", "Her German tax id is {v}.")),
    "nl bsn": (numbers.nl_bsn, ("BSN: {v}", "The patient's BSN is {v}.")),
    "br cpf": (numbers.br_cpf, ("CPF: {v}", "The client's CPF is {v}.")),
}
_PLACEHOLDERS = (
    "Write to user@example.com.",
    "Contact: admin@example.org",
    "The sender is john.doe@example.net.",
    "Send it to you@your-domain.example.",
    "Run `git clone git@github.com:owner/repo.git`.",
    "Log in with `ssh root@localhost`.",
    "Call (555) 555-0123.",
    "The phone is 555-0100.",
    "Tel. +1 202 555 0147",
    "The server listens on 127.0.0.1:8000.",
    "Bind it to 0.0.0.0.",
    "The host is 192.0.2.14.",
    "Its address is 198.51.100.7.",
    "The router is 192.168.1.1.",
    "The pod has 10.0.3.17.",
    "The mask is 255.255.255.0.",
    "The container is at 172.17.0.2.",
    "It answers on `[::1]:8080`.",
    "The address is 2001:db8::1.",
    "Use the test card 4242 4242 4242 4242.",
    "The test number is 4111-1111-1111-1111.",
    "An example is GB82 WEST 1234 5698 7654 32.",
    "An IBAN looks like DE89 3704 0044 0532 0130 00.",
    "An SSN such as 000-00-0000 is refused.",
    "The pattern is XXX-XX-XXXX.",
    "A number such as 123-45-6789 is rejected.",
    "The noreply@ address of example.com is used.",
    "The decorator is @app.route.",
    "Install it with `npm i @scope/package@1.2.3`.",
    "The account is user@host.",
    "DNS is 8.8.8.8.",
)
_LOOKALIKES = (
    "Version 10.4.12.3 has the fix.",
    "The build number is 20231218.1952.",
    "The timestamp is 1700000000123.",
    "The order id is {d16}.",
    "Pi is 3.14159265358979.",
    "The ISBN is 978-3-16-148410-0.",
    "It took 555 ms and 1234567 bytes.",
    "The date is 2023-12-18.",
    "The range is 100-200-3000.",
    "The OID is 1.3.6.1.4.1.311.",
    "The port range is 32768-60999.",
    "The hash is 7f3a9c2e.",
    "The size is 4 294 967 296 bytes.",
    "The ticket is ABC-12345.",
    "RFC 3986, section 3.2.2",
    "The serial number is SN-{d9}.",
    "The seed is 123456789.",
    "The duration is 4883583458 ns.",
)


def _placed(kind: str) -> Edit:
    make, contexts = _CONTEXTS[kind]

    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        return row.question, add_sentence(row.answer, pick(contexts, rng).format(v=make(rng)), rng)

    return edit


def _placeholder(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return row.question, add_sentence(row.answer, pick(_PLACEHOLDERS, rng), rng)


def _lookalike(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    body = numbers.digits(15, rng)
    # One off, so that the sixteen digits are no card.
    order = body + str((int(numbers.luhn_digit(body)) + 1) % 10)
    sentence = pick(_LOOKALIKES, rng).format(d16=order, d9=numbers.digits(9, rng))
    return row.question, add_sentence(row.answer, sentence, rng)


RECIPES = (
    *fault("personal_data", {kind: _placed(kind) for kind in _CONTEXTS}),
    *control("personal_data", {"placeholder": _placeholder, "number of something else": _lookalike}),
)
