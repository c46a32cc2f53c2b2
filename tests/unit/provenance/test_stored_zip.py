"""A stored zip is read by everybody, and only in the one way in which it is written."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.provenance.stored_zip import NotAStoredZip, read_zip, write_zip

FILES = st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), st.binary())
RAW = write_zip([("a.json", b"{}"), ("dossier/é.jws", b"x" * 300), ("empty", b"")])


@given(FILES)
def test_files_come_back_in_their_order_and_other_programs_read_the_same(files: dict[str, bytes]) -> None:
    raw = write_zip(files.items())
    assert list(read_zip(raw).items()) == list(files.items())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        assert len(archive.infolist()) == len(files)


def test_the_standard_library_finds_the_names_and_contents() -> None:
    with zipfile.ZipFile(io.BytesIO(RAW)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == read_zip(RAW)


def test_every_flipped_bit_makes_it_another_file() -> None:
    for bit in range(8 * len(RAW)):
        altered = bytearray(RAW)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NotAStoredZip):
            read_zip(bytes(altered))


def compressed() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * 1_000_000)
    return raw.getvalue()


OTHERS = {
    "nothing": b"",
    "cut": RAW[:-1],
    "a tail": RAW + b"\0",
    "a head": b"\0" + RAW,
    "a comment": RAW[:-2] + b"\1\0!",
    "compressed": compressed(),
    "a name twice": write_zip([("a", b"1"), ("a", b"2")]),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_written_otherwise_is_refused(what: str) -> None:
    with pytest.raises(NotAStoredZip):
        read_zip(OTHERS[what])
