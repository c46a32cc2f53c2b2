"""Read a small JSON body into a model: strictly, and without repeating in an answer what may be a secret."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from filiere_platform.api.access import media_type, read_body
from filiere_platform.domain.request_sentences import FIELD_UNREADABLE
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

JSON = "application/json"

Asked = TypeVar("Asked", bound=BaseModel)


async def read_object(request: Request, *, most: int) -> dict[str, Any]:
    """Read a JSON object of at most so many bytes; what is another value has no members.

    Raises:
        Refusal: another media type, too long, no JSON with a single reading.
    """
    media_type(request, JSON)
    value = strict_loads(await read_body(request, most=most))
    return value if isinstance(value, dict) else {}


async def read_json(request: Request, model: type[Asked], *, most: int) -> Asked:
    """Read a JSON object of at most so many bytes as a model.

    Raises:
        Refusal: another media type, too long, no JSON with a single reading, or fields that the model refuses.
    """
    try:
        return model.model_validate(await read_object(request, most=most))
    except ValidationError as error:
        names = ["/".join(str(part) for part in found["loc"]) for found in error.errors(include_input=False)]
        raise Refusal(
            [Problem(sentence=FIELD_UNREADABLE, pointer=f"/{name}", values={"name": name}) for name in names]
        ) from None
