"""What an AsyncAPI document says of a message, asked of one that came."""

from __future__ import annotations

from typing import Any

import jsonschema

Document = dict[str, Any]


def resolved(document: Document, value: Any) -> Any:
    """Follow a reference within the document."""
    while isinstance(value, dict) and "$ref" in value:
        found: Any = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def message_of(document: Document, channel: str, name: str) -> Document:
    """Give a message of a channel."""
    found: Document = resolved(document, resolved(document, document["channels"][channel])["messages"][name])
    return found


def require_payload(document: Document, message: Document, payload: Any) -> None:
    """Check a payload against the schema of its message.

    Raises:
        jsonschema.ValidationError: it is not what the document says.
    """
    schema = {**resolved(document, message["payload"]), "components": document["components"]}
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(payload)


def require_headers(document: Document, message: Document, headers: dict[str, str]) -> None:
    """Check the headers of a message, likewise."""
    jsonschema.Draft7Validator(resolved(document, message["headers"])).validate(headers)
