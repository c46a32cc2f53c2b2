"""One event on one line of a terminal: where it is in the log, who says so, what happened to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from filiere_schemas.provenance import base64url

# In the order in which they tell most about an event.
_OBJECTS = ("outputEPCList", "outputQuantityList", "parentID", "epcList", "quantityList", "childEPCs")
_MORE_OBJECTS = ("childQuantityList", "inputEPCList", "inputQuantityList")
_ASSURANCES = {"event": "signed", "receipt": "attested"}


def event_line(event: Mapping[str, Any]) -> str:
    """Write the CloudEvent of a record as one line; what is erased or unreadable leaves its place empty."""
    data = event["data"]
    payload = _payload(data.get("jws", ""))
    objects = list(_objects(payload))
    shown = [
        f"{data['index']:>8}",
        str(event["time"])[:19].replace("T", " "),
        f"{_ASSURANCES.get(data['kind'], data['kind']):<8}",
        f"{'(erased)' if data.get('erased') else _last_segment(payload.get('type')):<19}",
        f"{_last_segment(payload.get('action')):<7}",
        f"{_last_segment(payload.get('bizStep')):<16}",
        objects[0] if objects else "-",
        f"(+{len(objects) - 1})" if len(objects) > 1 else "",
        str(data.get("member", "")),
    ]
    return _printable("  ".join(part for part in shown if part))


def _payload(jws: str) -> dict[str, Any]:
    """Read the signed bytes, which the platform has checked; anything else than an object is shown as nothing."""
    try:
        payload = orjson.loads(base64url.decode(jws.split(".")[1].encode()))
    except (IndexError, ValueError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _objects(payload: Mapping[str, Any]) -> Iterator[str]:
    for field in (*_OBJECTS, *_MORE_OBJECTS):
        value = payload.get(field)
        for item in value if isinstance(value, list) else [value] if value else []:
            yield str(item.get("epcClass", "")) if isinstance(item, dict) else str(item)


def _last_segment(word: object) -> str:
    """Shorten a vocabulary word that is written as a URI to its last part."""
    return str(word or "").replace("#", "/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _printable(text: str) -> str:
    # A member's identifiers are text of a stranger: none of it may move the cursor or recolour the terminal.
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
