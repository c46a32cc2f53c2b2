"""A place in a JSON value, cheap to carry and written out only when something is said about it.

Writing the pointer of every member while walking a document would let a hostile one, a long key around many
members, cost its length times their number.
"""

from __future__ import annotations

from typing import NamedTuple

from filiere_schemas.problems import LONGEST_VALUE, escape_pointer_token


class Place(NamedTuple):
    """A member or element, seen from the place that holds it; None is the whole document."""

    parent: Place | None
    token: str | int

    def pointer(self) -> str:
        """Write the place as a JSON pointer; very long keys are shortened, so that a pointer stays readable.

        Lone surrogates become question marks: a pointer goes into messages, which must be text.
        Source: RFC 6901.
        """
        tokens = []
        place: Place | None = self
        while place is not None:
            tokens.append(_shown(place.token))
            place = place.parent
        return "".join(f"/{token}" for token in reversed(tokens))


def pointer_of(place: Place | None) -> str:
    """Write a place as a JSON pointer; the whole document is ""."""
    return "" if place is None else place.pointer()


def _shown(token: str | int) -> str:
    text = str(token)
    if len(text) > LONGEST_VALUE:
        text = text[: LONGEST_VALUE - 1] + "…"
    return escape_pointer_token(text.encode("utf-8", "replace").decode())
