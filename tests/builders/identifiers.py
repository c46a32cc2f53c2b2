"""Identifiers that are valid by construction, for properties: every number carries the check digit it should."""

from __future__ import annotations

from hypothesis import strategies as st

from filiere_schemas.identifiers import checksum, gmn
from filiere_schemas.identifiers.gs1_key import Gs1Key

SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(length: int, *, up_to: int | None = None) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=up_to or length)


def with_check_digit(length: int) -> st.SearchStrategy[str]:
    """GS1 numbers of that many digits, the check digit included."""
    return digits(length - 1).map(lambda payload: payload + checksum.gs1(payload))


def characters(longest: int, *, shortest: int = 1, alphabet: str = SET_82) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=shortest, max_size=longest)


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def _one_or_none(value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), value)


PIECES = st.integers(1, 99).flatmap(lambda total: st.integers(1, total).map(lambda rank: f"{rank:02d}{total:02d}"))
GTIN_14 = with_check_digit(14)
GLN = with_check_digit(13)
SSCC = with_check_digit(18)
GRAI = _joined(st.just("0"), with_check_digit(13), characters(16, shortest=0))
GDTI = _joined(with_check_digit(13), characters(17, shortest=0))
GCN = _joined(with_check_digit(13), digits(0, up_to=12))
GIAI = _joined(digits(6), characters(24))
CPID = _joined(digits(6), characters(24, alphabet=SET_39))
ITIP = _joined(GTIN_14, PIECES)
GMN = _joined(digits(6), characters(17)).map(lambda payload: payload + gmn.check_characters(payload))
LOT = SERIAL = characters(20)
NUMERIC_SERIAL = st.integers(0, 10**12 - 1).map(str)


def keys() -> st.SearchStrategy[Gs1Key]:
    """GS1 keys of every kind in normal form."""
    extension = SERIAL.filter(lambda value: value != "0")  # "0" says that there is none
    return st.one_of(
        st.builds(Gs1Key, st.just("00"), SSCC),
        st.builds(Gs1Key, st.just("01"), GTIN_14),
        st.builds(Gs1Key, st.just("01"), GTIN_14, st.sampled_from(["10", "21", "22"]), LOT),
        st.builds(Gs1Key, st.just("01"), GTIN_14, st.just("235"), characters(28)),
        st.builds(Gs1Key, st.just("253"), GDTI),
        st.builds(Gs1Key, st.just("255"), GCN),
        st.builds(Gs1Key, st.sampled_from(["401", "8004"]), GIAI),
        st.builds(Gs1Key, st.just("402"), with_check_digit(17)),
        st.builds(Gs1Key, st.sampled_from(["414", "417"]), GLN),
        st.builds(Gs1Key, st.just("414"), GLN, st.just("254"), extension),
        st.builds(Gs1Key, st.just("415"), GLN, st.just("8020"), characters(25)),
        st.builds(Gs1Key, st.sampled_from(["414", "417"]), GLN, st.just("7040"), st.sampled_from(["1AbC", "9xyz"])),
        st.builds(Gs1Key, st.just("8003"), GRAI),
        st.builds(Gs1Key, st.just("8006"), ITIP),
        st.builds(Gs1Key, st.just("8006"), ITIP, st.sampled_from(["10", "21", "22"]), LOT),
        st.builds(Gs1Key, st.just("8010"), CPID),
        st.builds(Gs1Key, st.just("8010"), CPID, st.just("8011"), NUMERIC_SERIAL),
        st.builds(Gs1Key, st.just("8013"), GMN),
        st.builds(Gs1Key, st.sampled_from(["8017", "8018"]), with_check_digit(18)),
        st.builds(
            Gs1Key, st.sampled_from(["8017", "8018"]), with_check_digit(18), st.just("8019"), digits(1, up_to=10)
        ),
    )
