"""Give a document whose objects repeat a key one single reading: the last value of each key.

Parsers disagree on a repeated key, so a signed record that has one is refused. A plain EPCIS document has no
signature to protect, and real ones (an official example among them) do repeat a key; nearly every parser of their
senders and receivers reads the last value. So the earlier ones are cut out, before anything is stored or signed,
and the sender is told. Source: RFC 8259, section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import msgspec

# A text, or a mark that opens, closes or separates: enough to walk JSON that is known to be well-formed.
TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


@dataclass(slots=True)
class _Open:
    """An object or list that is being walked; a list never has a key."""

    is_object: bool
    key: re.Match[bytes] | None = None
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)


def keep_last_values(raw: bytes) -> bytes:
    """Cut every earlier value of a repeated key, at any depth; all other bytes stay.

    Args:
        raw: well-formed JSON.
    """
    cuts: list[tuple[int, int]] = []
    stack: list[_Open] = []
    for token in TOKEN.finditer(raw):
        mark = token[0]
        if mark in (b"{", b"["):
            stack.append(_Open(is_object=mark == b"{"))
            continue
        top = stack[-1] if stack else None
        if top is None or not top.is_object:
            pass
        elif top.key is None and mark.startswith(b'"'):
            top.key = token
        elif top.key is not None and mark in (b",", b"}"):
            name = msgspec.json.decode(top.key[0], type=str)
            if name in top.spans:
                cuts.append(top.spans[name])
            # An earlier value is never the last member: the comma after it goes with it.
            top.spans[name] = (top.key.start(), token.end())
            top.key = None
        if mark in (b"}", b"]"):
            stack.pop()
    return _without(raw, sorted(cuts))


def _without(raw: bytes, cuts: list[tuple[int, int]]) -> bytes:
    kept, at = [], 0
    for start, end in cuts:
        if start >= at:  # A cut inside a cut is gone already.
            kept.append(raw[at:start])
            at = end
    kept.append(raw[at:])
    return b"".join(kept)
