"""A zip in which nothing is compressed and nothing may vary: the same files are the same bytes, in every Python.

The standard library's writer leaves choices to its version (flags, extra fields), and its reader takes them all: a file
with other bytes, or with two readings, would pass. Here every field but name, size, checksum and place is fixed, and a
reader that finds another value refuses the file. Any program that opens zips opens these.

Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16, without the extensions of zip64.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final
from zlib import crc32

MOST_FILES: Final = 65_534  # one more would need zip64
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION: Final = 10  # 1.0: stored files need no more
_MADE_BY: Final = 3 << 8 | 20  # Unix
_FLAGS: Final = 0x0800  # names are UTF-8
_TIME, _DATE = 0, 0x21  # 1980-01-01, the first day that a zip can write
_PLAIN_FILE: Final = 0o100644 << 16


class NotAStoredZip(ValueError):  # noqa: N818 - says what the bytes are
    """Bytes that `write_zip` would not have written."""


def write_zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Write files in the order given; names are told apart by the caller.

    Raises:
        ValueError: more than MOST_FILES, or 4 GiB and more.
    """
    parts: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, content in files:
        encoded, checksum, size = name.encode(), crc32(content), len(content)
        own = (_VERSION, _FLAGS, 0, _TIME, _DATE, checksum, size, size, len(encoded), 0)
        central = _CENTRAL.pack(b"PK\1\2", _MADE_BY, *own, 0, 0, 0, _PLAIN_FILE, at) if at >> 32 == 0 else b""
        directory += (central, encoded)
        parts += (_LOCAL.pack(b"PK\3\4", *own), encoded, content)
        at += _LOCAL.size + len(encoded) + size
    count, listed = len(directory) // 2, b"".join(directory)
    if count > MOST_FILES or (at + len(listed)) >> 32:
        raise ValueError(f"expected at most {MOST_FILES} files and 4 GiB, found {count} files and {at} bytes")
    return b"".join((*parts, listed, _END.pack(b"PK\5\6", 0, 0, count, count, len(listed), at, 0)))


def read_zip(raw: bytes) -> dict[str, bytes]:
    """Read files, in their order; nothing is unpacked, so that they take no more than the file itself.

    What follows the last file is not read at all but written again and compared: a directory that says something
    else than the files would be a second reading.

    Raises:
        NotAStoredZip: the bytes are not exactly what `write_zip` writes for some files.
    """
    files: dict[str, bytes] = {}
    at = 0
    try:
        while raw[at : at + 4] == b"PK\3\4":
            fields = _LOCAL.unpack_from(raw, at)
            name_at = at + _LOCAL.size
            content_at = name_at + fields[9]
            at = content_at + fields[8]
            name = raw[name_at:content_at].decode()
            if name in files or at > len(raw):
                raise NotAStoredZip(f"expected a file of its own, found {name}")
            files[name] = raw[content_at:at]
        written = write_zip(files.items())
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise NotAStoredZip(f"expected a stored zip: {error}") from error
    if written != raw:
        raise NotAStoredZip("expected the bytes that its files are written as")
    return files
