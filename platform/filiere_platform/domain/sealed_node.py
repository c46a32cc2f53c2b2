"""Sealed nodes: that something is there which a viewer may not see, and the handle by which he may ask for it.

A handle is the viewer, the record and the object under a key of the instance, encrypted so that equal ones are equal
and all others tell nothing: stable for its viewer, useless to anybody else, and not to be guessed.

Source: RFC 5297 (AES-SIV, deterministic authenticated encryption); RFC 5869 (HKDF).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from filiere_schemas.provenance import base64url

_KEY_BYTES = 64  # AES-256 twice: for the code and for the cipher
_PLACE = struct.Struct(">QQQ")
_USE = [b"filiere sealed node"]


class HiddenEvent(NamedTuple):
    """An event in force that a viewer may not see, at an object of his answer."""

    log_index: int
    member_id: int


class HandlePlace(NamedTuple):
    """What a handle stands for."""

    viewer_id: int
    log_index: int
    node_id: int


class NoHandle(ValueError):  # noqa: N818 - named after what was found
    """Not a handle of this instance."""


def handle_key(secret: bytes) -> bytes:
    """Derive the key of handles from the instance's secret."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_USE[0]).derive(secret)


def make_handle(place: HandlePlace, key: bytes) -> str:
    """Give the handle of a place."""
    return base64url.encode(AESSIV(key).encrypt(_PLACE.pack(*place), _USE)).decode()


def read_handle(text: str, key: bytes) -> HandlePlace:
    """Give the place of a handle.

    Raises:
        NoHandle: it was not made here.
    """
    try:
        return HandlePlace(*_PLACE.unpack(AESSIV(key).decrypt(base64url.decode(text.encode()), _USE)))
    except (InvalidTag, ValueError, struct.error) as error:
        raise NoHandle from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """How sealed nodes are shown to one viewer: with handles where he can ask, with names where they are told."""

    viewer_id: int | None
    key: bytes | None
    names: Mapping[int, str]  # of the members that are named, their URI

    def lay_out(self, hidden: Mapping[int, Sequence[HiddenEvent]], keys: Mapping[int, str]) -> list[dict[str, Any]]:
        """Give a node per hidden event and object, in an order that tells nothing of the order of arrival."""
        nodes = [
            {
                "object": keys[node],
                "handle": self._handle(event.log_index, node),
                "member": self.names.get(event.member_id),
            }
            for node, events in hidden.items()
            for event in events
        ]
        return sorted(nodes, key=lambda each: (each["object"], each["handle"] or "", each["member"] or ""))

    def _handle(self, log_index: int, node: int) -> str | None:
        if self.viewer_id is None or self.key is None:
            return None
        return make_handle(HandlePlace(self.viewer_id, log_index, node), self.key)


UNSEALED = Sealing(viewer_id=None, key=None, names={})
