"""Which fields of an event anybody may see where its owner shares it `public-fields`: a sector's list, and the view.

The list are JSON pointers in which `*` is exactly one name or place, as in `sealable.toml`. A view is a projection: it
is made of the listed fields of an event and of nothing else, so that two events that differ elsewhere have one view.
What a view must say to be an event at all, and what can never be public, is checked when the list is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE, STANDARD_PREFIXES, Context
from filiere_schemas.provenance.disclosures import QUANTITY_LISTS
from filiere_schemas.sectors.sealable import ANY

PRECISION: Final = "filiere:eventTimePrecision"
# Without these a view says neither what it is nor when; a correction taken for an event would mislead.
_NEEDED: Final = frozenset({"/type", "/action", "/eventTime", "/eventTimeZoneOffset"})
# A view of half a transformation would be joined to halves that are no views, and an identity is its declarer's word.
_NEVER: Final = frozenset(
    {
        *("@context", "errorDeclaration", "recordTime", "transformationID", "filiere:sharing", "filiere:sharedWith"),
        *("filiere:sameAs", "filiere:sameAsFrom", "filiere:sameAsUntil"),
    }
)
# Half a party, half a document, half a measurement is another statement.
_WHOLE: Final = frozenset(
    {"sourceList", "destinationList", "bizTransactionList", "sensorElementList", "persistentDisposition"}
)
_OURS: Final = "filiere"
_DIGEST: Final = "ni:"  # RFC 6920: an event ID of this scheme is a digest of all fields, and would confirm a guess
_Tree = dict[str, Any]  # token -> what is public below it; empty: all of it


class InvalidPublicFields(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """A list of public fields that does not hold together; its author mends it."""


@dataclass(frozen=True)
class PublicFields:
    """The pointers of a sector's list, in its order."""

    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether the sector shows anything at all."""
        return bool(self.patterns)

    def shows(self, pointer: str) -> bool:
        """Whether a field is public, be it with what it is a part of; in a pointer, `*` is every place of a list."""
        tokens = pointer.split("/")
        patterns = (pattern.split("/") for pattern in self.patterns)
        return any(
            len(pattern) <= len(tokens) and all(a in {b, ANY} for a, b in zip(pattern, tokens, strict=False))
            for pattern in patterns
        )

    @cached_property
    def _tree(self) -> _Tree:
        tree: _Tree = {}
        # The shortest first: who shows the whole shows its parts.
        for pattern in sorted(self.patterns, key=lambda each: each.count("/")):
            _grow(tree, [_unescaped(token) for token in pattern.split("/")[1:]])
        return tree

    def view_of(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Give the view of an event as it was signed, with nothing disclosed: its public fields, in its order.

        The time keeps its precision: a day that is shown as an instant would be an invention. The context is the
        standard's, with those prefixes of the event's own that the view uses.
        """
        shown: dict[str, Any] = _projected(event, self._tree) or {}
        if is_digest(str(shown.get("eventID", ""))):
            del shown["eventID"]
        context = Context(event.get("@context"))
        for name, value in event.items():
            if context.is_ours(name, "eventTimePrecision"):
                shown.pop(name, None)
                shown[PRECISION] = value
        used = {name.partition(":")[0] for name in _names(shown) if ":" in name} - STANDARD_PREFIXES.keys()
        terms = {prefix: context.prefixes[prefix] for prefix in sorted(used) if prefix in context.prefixes}
        if PRECISION in shown:
            terms[_OURS] = OUR_NAMESPACE
        return {"@context": [EPCIS_CONTEXT, terms] if terms else [EPCIS_CONTEXT], **shown}


NO_FIELDS: Final = PublicFields()


def read_public_fields(listed: Any) -> PublicFields:
    """Read the list of a profile; an empty one shows nothing.

    Raises:
        InvalidPublicFields: it has another form, lacks what makes a view an event, or shows what is never public.
    """
    if not isinstance(listed, list) or not all(isinstance(pointer, str) for pointer in listed):
        raise InvalidPublicFields(f"expected a list of JSON pointers, found {listed!r}")
    for pointer in listed:
        tokens = pointer.split("/")
        first = tokens[1] if len(tokens) > 1 else ""
        if not pointer.startswith("/") or "" in tokens[1:] or first == ANY or first in _NEVER:
            raise InvalidPublicFields(f"expected a field that may be public, found {pointer!r}")
        if first in _WHOLE and len(tokens) > 2:  # noqa: PLR2004 - the pointer goes inside
            raise InvalidPublicFields(f"expected /{first} as a whole, found {pointer}")
    missing = _NEEDED - set(listed) if listed else ()
    if missing:
        raise InvalidPublicFields(f"expected {', '.join(sorted(missing))} among the public fields")
    for name in QUANTITY_LISTS:
        inside = {pointer for pointer in listed if pointer.startswith(f"/{name}/")}
        if inside and f"/{name}/{ANY}/epcClass" not in inside:
            raise InvalidPublicFields(f"expected /{name}/{ANY}/epcClass beside {', '.join(sorted(inside))}")
    return PublicFields(tuple(listed))


def is_digest(event_id: str) -> bool:
    """Whether an event ID is a digest of its event, which is not shown."""
    return event_id.startswith(_DIGEST)


def _grow(tree: _Tree, tokens: list[str]) -> None:
    first, *rest = tokens
    if first in tree and not tree[first]:
        return  # the whole is public already
    below = tree.setdefault(first, {})
    if rest:
        _grow(below, rest)


def _projected(value: Any, tree: _Tree) -> Any:
    """Give the public part of a value, None where there is none."""
    if isinstance(value, Mapping):
        found = {}
        for name, child in value.items():
            below = tree.get(name, tree.get(ANY))
            if below is None:
                continue
            shown = child if not below else _projected(child, below)
            if shown is not None:
                found[name] = shown
        return found or None
    if isinstance(value, list):
        below = tree.get(ANY)
        if below is None:
            return None
        parts = [child if not below else _projected(child, below) for child in value]
        return [part for part in parts if part is not None] or None
    return None


def _names(value: Any) -> Iterator[str]:
    children: Iterable[Any] = ()
    if isinstance(value, Mapping):
        yield from value
        children = value.values()
    elif isinstance(value, list):
        children = value
    for child in children:
        yield from _names(child)


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
