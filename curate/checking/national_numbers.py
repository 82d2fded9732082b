"""Numbers that states and banks give to people, told by their checksums.

Knows the published check of each number. It must not know text: callers hand in the characters of one number.
"""

from __future__ import annotations

import re

# Lengths of International Bank Account Numbers, ISO 13616 registry.
_IBAN_LENGTHS_LIST = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18
    FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24
    ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22
    VG24 XK20
"""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_LENGTHS_LIST.split()}
_ITALIAN_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"


def luhn(digits: str) -> bool:
    """Return whether ``digits`` pass the Luhn check of ISO/IEC 7812-1."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """Return whether ``digits`` have the prefix and length of a card scheme, and pass the Luhn check."""
    shapes = (
        r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|222[1-9]\d{12}|3[47]\d{13}"
        r"|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35\d{14}|62\d{14,17}"
        r"|(?:50|5[6-9]|6[0379])\d{10,17}|1800\d{11}|2131\d{11}"
    )
    return re.fullmatch(shapes, digits) is not None and len(set(digits)) > 2 and luhn(digits)


def is_iban(value: str) -> bool:
    """Return whether ``value``, without spaces, is an account number whose length and mod-97 check hold."""
    value = value.upper()
    if _IBAN_LENGTHS.get(value[:2]) != len(value) or not value.isalnum() or not value[2:4].isdigit():
        return False
    return int("".join(str(int(char, 36)) for char in value[4:] + value[:4])) % 97 == 1


def is_us_ssn(value: str) -> bool:
    """Return whether ``value`` (AAA-GG-SSSS) lies in the ranges that the Social Security Administration gives out."""
    area, group, serial = value[:3], value[-6:-4], value[-4:]
    return not (area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000")


def is_uk_nino(value: str) -> bool:
    """Return whether ``value``, without spaces, has prefix letters that National Insurance numbers use."""
    prefix = value[:2].upper()
    unused = prefix in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ") or set(prefix) & set("DFIQUV") or prefix[1] == "O"
    return not unused and value[-1].upper() in "ABCD"


def is_french_nir(value: str) -> bool:
    """Return whether the 15 characters of a French social security number pass their mod-97 key."""
    body = value[:13].upper().replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 1 <= int(value[3:5]) <= 99 and 97 - int(body) % 97 == int(value[13:])


def is_spanish_id(value: str) -> bool:
    """Return whether a DNI or NIE has its check letter."""
    value = value.upper()
    number = value[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return number.isdigit() and _SPANISH[int(number) % 23] == value[-1]


def is_italian_code(value: str) -> bool:
    """Return whether the 16 characters of a codice fiscale have their check letter."""
    value = value.upper()
    total = sum(_ITALIAN_ODD[char] if at % 2 == 0 else int(char, 36) % 10 if char.isdigit() else ord(char) - 65
                for at, char in enumerate(value[:15]))  # fmt: skip
    return chr(65 + total % 26) == value[15]


def is_german_tax_id(value: str) -> bool:
    """Return whether 11 digits pass the check of the German tax number (ISO 7064, MOD 11,10)."""
    if value[0] == "0" or len(set(value[:10])) not in (8, 9):
        return False
    product = 10
    for char in value[:10]:
        product = (((int(char) + product) % 10 or 10) * 2) % 11
    return (11 - product) % 10 == int(value[10])


def is_dutch_bsn(digits: str) -> bool:
    """Return whether nine digits pass the eleven test of the burgerservicenummer: weights 9 to 2, then -1."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return (
        len(digits) == len(weights)
        and len(set(digits)) > 2
        and sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0
    )


def is_brazilian_cpf(digits: str) -> bool:
    """Return whether eleven digits carry both check digits of a CPF: weights 10 to 2, then 11 to 2, modulo 11."""
    if len(digits) != 11 or len(set(digits)) <= 2:
        return False
    for length in (9, 10):
        total = sum(int(digit) * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True
