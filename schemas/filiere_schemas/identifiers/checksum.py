"""Check digits and check characters: what tells a mistyped number before it joins a trace.

What each promises. GS1 mod 10 catches every wrong digit, and swapped neighbours unless they differ by five. Luhn's
formula catches every wrong digit, and swapped neighbours but 09 and 90. MOD 1271-36 catches every wrong character and
all swapped neighbours. MOD 97-10 does so among digits and among letters; since a letter counts as two digits, it does
not tell B1 from 1B, M2 from 2M, X3 from 3X.
"""

from __future__ import annotations

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.invalid import invalid

ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A digit as ASCII is 48 too much; what that adds to a GS1 total, by the count of digits, without the last one's weight.
_EXCESS = [48 * (n // 2 * 4 + n % 2) for n in range(32)]
# Luhn doubles a digit and adds the digits of the result.
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def gs1(payload: str) -> str:
    """Compute the GS1 check digit of a key without it; `payload` is at most 30 ASCII digits.

    Source: GS1 General Specifications, section 7.9.1.
    """
    return str(-_gs1_total(payload + "0") % 10)


def require_gs1(scheme: str, digits: str) -> None:
    """Check the last of `digits` against the others.

    Raises:
        InvalidIdentifier: it is not the digit that the standard computes.
    """
    if _gs1_total(digits) % 10:
        raise invalid(
            sentences.WRONG_CHECK_DIGIT, scheme=scheme, number=digits, expected=gs1(digits[:-1]), found=digits[-1]
        )


def luhn_total(digits: str) -> int:
    """Add up ASCII digits as Luhn's formula does; a valid number gives a multiple of ten.

    Source: ISO/IEC 7812-1, annex B.
    """
    codes = digits.encode("ascii")
    return sum(codes[::-2]) + sum(codes[-2::-2].translate(_DOUBLED)) - 48 * len(codes)


def mod_97_10(payload: str) -> str:
    """Compute the two check digits of an alphanumeric payload (upper case).

    Source: ISO/IEC 7064:2003, MOD 97-10, as ISO 17442-1 applies it (letters as 10..35).
    """
    number = int("".join(str(ALPHABET_36.index(character)) for character in payload) + "00")
    return f"{98 - number % 97:02d}"


def mod_1271_36(payload: str) -> str:
    """Compute the two check characters of an alphanumeric payload (upper case).

    Source: ISO/IEC 7064:2003, MOD 1271-36, pure system with two check characters.
    """
    total = 0
    for character in payload:
        total = (total + ALPHABET_36.index(character)) * 36 % 1271
    value = (1 - total * 36) % 1271
    return ALPHABET_36[value // 36] + ALPHABET_36[value % 36]


def _gs1_total(digits: str) -> int:
    codes = digits.encode("ascii")
    return sum(codes[::-2]) + 3 * sum(codes[-2::-2]) - _EXCESS[len(codes)]
