"""What a flow seals: fields that are signed as salted digests, and whether their disclosures go out or stay here.

A field is named as the flow names it (`items.quantity`, `documents`, `ilmd.NAME`) or by a JSON pointer in which `*` is
one name or one place of a list. What an event does not have is not sealed.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from filiere_connectors import flow_sentences as sentences
from filiere_connectors.flow_section import Section
from filiere_connectors.kinds import KINDS
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.provenance.disclosures import Seal, may_be_sealed, seal, unseal
from filiere_schemas.sectors.sealable import ANY, expand, matches

SEND, KEEP = "send", "keep"
MODES = (SEND, KEEP)
# The quantity list of an event, by its type and the flow's own list.
_QUANTITIES = {
    ("ObjectEvent", "items"): "quantityList",
    ("AggregationEvent", "items"): "childQuantityList",
    ("TransformationEvent", "inputs"): "inputQuantityList",
    ("TransformationEvent", "outputs"): "outputQuantityList",
}
_AMOUNTS = {"quantity": "quantity", "unit": "uom"}
_WHOLE = {"documents": "/bizTransactionList", "ilmd": "/ilmd"}
_FIXED_SALT = bytes(16)  # of what is sealed only to see what is left of an event


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSettings:
    """One field, or several alike: `key` is how the flow names it, `pattern` what that means in the event."""

    key: str
    pattern: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """An event as it is signed, the disclosures that go with it, and those that stay, each with its pointer."""

    payload: Mapping[str, Any]
    sent: tuple[bytes, ...]
    kept: tuple[tuple[str, bytes], ...]


def read_seals(root: Section) -> tuple[SealSettings, ...]:
    """Read `[seal]`; complains about every field that cannot be sealed, and about one inside another."""
    event_type = KINDS[kind].type if (kind := root.mapping("event").get("kind")) in KINDS else "ObjectEvent"
    targets = {
        f"{items}.{name}": f"/{quantities}/{ANY}/{member}"
        for (type_, items), quantities in _QUANTITIES.items()
        if type_ == event_type
        for name, member in _AMOUNTS.items()
    } | _WHOLE
    found = []
    for key, mode in _flat(root.mapping("seal"), ""):
        where, pattern = f"seal.{key}", _pattern(key, targets)
        if pattern is None:
            expected = ", ".join([*targets, "ilmd.NAME", "/..."])
            root.complain(sentences.FLOW_UNKNOWN_KEY, where, expected=expected)
        elif mode not in MODES:
            root.complain(sentences.FLOW_WRONG_VALUE, where, found=mode, expected=", ".join(MODES))
        elif not may_be_sealed(pattern.replace(ANY, "0")) or pattern.startswith(f"/{ANY}"):
            root.complain(sentences.FLOW_NEVER_SEALED, where)
        else:
            found.append(SealSettings(key=key, pattern=pattern, mode=mode))
    for one, other in itertools.permutations(found, 2):
        if _holds(one.pattern, other.pattern):
            root.complain(sentences.FLOW_SEALED_TWICE, f"seal.{other.key}", other=one.key)
    return tuple(found)


def seal_event(seals: Sequence[SealSettings], event: Mapping[str, Any]) -> SealedEvent:
    """Seal an event as its flow says, with salts of the system's randomness."""
    modes = sealed_fields(seals, event)
    if not modes:
        return SealedEvent(payload=event, sent=(), kept=())
    payload, disclosures = seal(event, modes)
    texts = {hashlib.sha256(text).digest(): text for text in disclosures}
    opened: tuple[Seal, ...] = unseal(payload, disclosures).disclosed
    return SealedEvent(
        payload=payload,
        sent=tuple(texts[each.digest] for each in opened if modes[each.pointer] == SEND),
        kept=tuple((each.pointer, texts[each.digest]) for each in opened if modes[each.pointer] == KEEP),
    )


def sealed_fields(seals: Sequence[SealSettings], event: Mapping[str, Any]) -> dict[str, str]:
    """Name the fields of an event that its flow seals, each by its pointer, with its mode."""
    return {pointer: each.mode for each in seals for pointer in expand(each.pattern, event)}


def open_content(seals: Sequence[SealSettings], event: Mapping[str, Any], content: bytes) -> bytes:
    """Digest what everybody reads of an event: its own content, where nothing is sealed.

    An event's ID is derived from this. One that were derived from sealed values would let whoever guesses a value check
    the guess, without any salt.
    """
    pointers = [*sealed_fields(seals, event)]
    if not pointers:
        return content
    payload, _ = seal(event, pointers, salts=itertools.repeat(_FIXED_SALT))
    return content_sha256(unseal(payload, ()).value)


def _flat(table: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """Name the keys of nested tables as their author wrote them: `items.quantity`."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _pattern(key: str, targets: Mapping[str, str]) -> str | None:
    if key.startswith("/"):
        return key
    if key.startswith("ilmd."):
        name = key.removeprefix("ilmd.").replace("~", "~0").replace("/", "~1")
        return f"/ilmd/{name}"
    return targets.get(key)


def _holds(outer: str, inner: str) -> bool:
    """Whether a pattern means what another one means, or something that it is inside of."""
    depth = len(outer.split("/"))
    start = "/".join(inner.split("/")[:depth])
    return matches(outer, start) or matches(start, outer)
