"""Numbers of people and their accounts, made fresh with the check digits that each kind prescribes.

Knows the arithmetic of check digits only. Sources: ISO/IEC 7812 (Luhn), ISO 13616 (IBAN), and the public rules of the
national numbers named below. The numbers belong to nobody on purpose; that one does by chance can't be ruled out.
"""

from __future__ import annotations

from random import Random

_CF_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def digits(count: int, rng: Random) -> str:
    """Return ``count`` digits, the first not 0."""
    return str(rng.randrange(10 ** (count - 1), 10**count))


def luhn_digit(body: str) -> str:
    """Return the digit that makes ``body`` plus it pass Luhn's test."""
    total = sum(int(sign) if at % 2 else sum(divmod(2 * int(sign), 10)) for at, sign in enumerate(reversed(body)))
    return str(-total % 10)


def card(rng: Random) -> str:
    """Return a card number of a large brand, valid by Luhn, in groups or not."""
    prefix, length = rng.choice((("4", 16), ("53", 16), ("37", 15), ("6011", 16)))
    body = prefix + digits(length - len(prefix) - 1, rng)
    number = body + luhn_digit(body)
    if length == 15:
        return rng.choice((number, f"{number[:4]} {number[4:10]} {number[10:]}"))
    gap = rng.choice(("", " ", "-"))
    return gap.join(number[at : at + 4] for at in range(0, length, 4))


def iban(rng: Random) -> str:
    """Return an IBAN with valid check digits (ISO 7064 mod 97), in groups or not."""
    country, bank, length = rng.choice(
        (("DE", "", 18), ("GB", "LOYD", 14), ("NL", "INGB", 10), ("AT", "", 16), ("FR", "", 23))
    )
    body = bank + digits(length, rng)
    number = "".join(str(int(sign, 36)) for sign in body + country + "00")
    whole = f"{country}{98 - int(number) % 97:02d}{body}"
    return whole if rng.random() < 0.5 else " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def us_ssn(rng: Random) -> str:
    """Return a US social security number in an area that is given out."""
    area = rng.randrange(100, 665)
    return f"{area:03d}-{rng.randrange(11, 99):02d}-{rng.randrange(1001, 9998):04d}"


def uk_nino(rng: Random) -> str:
    """Return a UK national insurance number with an allowed prefix."""
    prefix = rng.choice(("AB", "CE", "HK", "JM", "PR", "SW", "YZ"))
    middle = digits(6, rng)
    return f"{prefix} {middle[:2]} {middle[2:4]} {middle[4:]} {rng.choice('ABCD')}"


def fr_nir(rng: Random) -> str:
    """Return a French social security number with its key, 97 minus the number mod 97."""
    born = f"{rng.choice('12')}{rng.randrange(50, 99)}{rng.randrange(1, 13):02d}"
    body = f"{born}{rng.randrange(11, 95)}{rng.randrange(1, 990):03d}{rng.randrange(1, 999):03d}"
    key = f"{97 - int(body) % 97:02d}"
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"


def es_dni(rng: Random) -> str:
    """Return a Spanish DNI with its letter."""
    number = rng.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def it_codice_fiscale(rng: Random) -> str:
    """Return an Italian codice fiscale with its control letter."""
    consonants = "BCDFGLMNPRSTVZ"
    name = "".join(rng.choice(consonants) for _ in range(6))
    born = f"{rng.randrange(50, 99)}{rng.choice('ABCDEHLMPRST')}{rng.randrange(1, 29):02d}"
    body = f"{name}{born}{rng.choice('FHL')}{rng.randrange(100, 899)}"
    total = sum(
        _CF_ODD[sign] if at % 2 == 0 else int(sign, 36) - (0 if sign.isdigit() else 10) for at, sign in enumerate(body)
    )
    return body + chr(ord("A") + total % 26)


def de_tax_id(rng: Random) -> str:
    """Return a German tax id (eleven digits, ISO 7064 mod 11,10) in which one digit comes twice."""
    body = rng.sample("0123456789", 9)
    body.insert(rng.randrange(1, 10), rng.choice(body))
    if body[0] == "0":
        body[0], body[-1] = body[-1], body[0]
    product = 10
    for sign in body:
        total = (int(sign) + product) % 10 or 10
        product = total * 2 % 11
    check = str((11 - product) % 10)
    whole = "".join(body) + check
    return f"{whole[:2]} {whole[2:5]} {whole[5:8]} {whole[8:]}"


def nl_bsn(rng: Random) -> str:
    """Return a Dutch citizen service number that passes the eleven test."""
    while True:
        body = digits(8, rng)
        total = sum(weight * int(sign) for weight, sign in zip(range(9, 1, -1), body, strict=True)) % 11
        if total < 10:
            return body + str(total)


def br_cpf(rng: Random) -> str:
    """Return a Brazilian CPF with its two check digits."""
    body = digits(9, rng)
    for first in (10, 11):
        total = sum(weight * int(sign) for weight, sign in zip(range(first, 1, -1), body, strict=True)) * 10 % 11
        body += str(total % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"
