"""A file sealed with a passphrase, written and read as a stream: for backups, which are larger than memory.

The key comes from the passphrase by scrypt; the file is cut into chunks, each under AES-256-GCM with a nonce of its
own that counts them and marks the last one, so that none can be dropped, repeated, moved or cut off.
Source: RFC 7914 (scrypt); Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption", 2015 (STREAM).
"""

from __future__ import annotations

import secrets
import struct
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC: Final = b"filiere-sealed-1\n"
CHUNK: Final = 1 << 20  # bytes of plain text
TAG: Final = 16
_SALT: Final = 16
_PREFIX: Final = 7
_COST: Final = {"n": 1 << 15, "r": 8, "p": 1}  # 32 MiB and about a tenth of a second


class WrongPassphrase(Exception):  # noqa: N818 - what the caller shows: the passphrase or the file is not the right one
    """A chunk does not open: the passphrase is another one, or the file was changed or cut off."""


class SealingWriter:
    """Seals what is written to it; `close` writes the last chunk, without which the file does not open."""

    def __init__(self, target: BinaryIO, passphrase: str) -> None:
        salt, self._prefix = secrets.token_bytes(_SALT), secrets.token_bytes(_PREFIX)
        self._cipher = _cipher(passphrase, salt)
        self._target = target
        self._waiting = bytearray()
        self._count = 0
        target.write(MAGIC + salt + self._prefix)

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last chunk is known to be the last only once it is closed
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal what is left."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._prefix, self._count, last=last), chunk, None))
        self._count += 1


class OpeningReader:
    """Opens a sealed file chunk by chunk.

    Raises:
        WrongPassphrase: on reading.
    """

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        source.seek(len(MAGIC))
        salt, self._prefix = source.read(_SALT), source.read(_PREFIX)
        self._cipher = _cipher(passphrase, salt)
        self._source = source
        self._ready = bytearray()
        self._next = source.read(CHUNK + TAG)
        self._count = 0
        self._done = False

    def read(self, size: int) -> bytes:
        """Give up to so many bytes; fewer only at the end."""
        while len(self._ready) < size and not self._done:
            self._open_next()
        taken = bytes(self._ready[:size])
        del self._ready[:size]
        return taken

    def _open_next(self) -> None:
        sealed, self._next = self._next, self._source.read(CHUNK + TAG)
        self._done = not self._next
        try:
            self._ready += self._cipher.decrypt(_nonce(self._prefix, self._count, last=self._done), sealed, None)
        except InvalidTag as error:
            raise WrongPassphrase from error
        self._count += 1


def is_sealed(source: BinaryIO) -> bool:
    """Say whether a file is sealed; leaves it at its beginning."""
    found = source.read(len(MAGIC))
    source.seek(0)
    return found == MAGIC


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, **_COST).derive(passphrase.encode()))


def _nonce(prefix: bytes, count: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I?", count, last)
