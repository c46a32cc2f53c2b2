"""In which form a trace is answered: by the parameter `format`, else by what the client accepts, else JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel

from filiere_platform.api.openapi import gives, ref, refuses
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.trace_forms import ENDINGS, MEDIA_TYPES, TraceForm, write_table
from filiere_platform.render.trace_table import table_of_answer

# Without a parameter a client gets what it names first among these; the steps as CSV are had by `format` alone.
_ACCEPTED: Final = {
    MEDIA_TYPES[form].partition(";")[0]: form
    for form in (TraceForm.JSON, TraceForm.GRAPHML, TraceForm.NODES, TraceForm.EPCIS)
}
Format = Annotated[
    TraceForm | None,
    Query(alias="format", description="What to answer with; else what the header Accept names, else JSON"),
]
CsvDialect = Annotated[
    Dialect, Query(alias="csv", description="`fr`: for spreadsheets set to French (semicolons, decimal commas, a BOM)")
]
F = TypeVar("F")
NOT_MENTIONED: Final = refuses("Nobody ever mentioned the object, or not to the asker")


def form_of(request: Request, wanted: TraceForm | None) -> TraceForm:
    """Choose the form of an answer. Source: RFC 9110, 12.5.1; among equal weights the first one counts."""
    if wanted is not None:
        return wanted
    return accepted(request, _ACCEPTED) or TraceForm.JSON


def accepted(request: Request, forms: Mapping[str, F]) -> F | None:
    """Choose, by its media type, what a client accepts best; None where it names none of these."""
    best, weight = None, 0.0
    for part in request.headers.get("accept", "").split(","):
        kind, _, parameters = part.partition(";")
        form = forms.get(kind.strip().lower())
        if form is not None and _weight(parameters) > weight:
            best, weight = form, _weight(parameters)
    return best


def headers_of(form: TraceForm, object_key: str) -> dict[str, str]:
    """Name the file; a form that depends on what a client accepts is not kept for another one."""
    headers = {"Vary": "Accept"}
    if form is not TraceForm.JSON:
        name = hashlib.sha256(object_key.encode()).hexdigest()[:12]
        headers["Content-Disposition"] = f'attachment; filename="trace-{name}.{ENDINGS[form]}"'
    return headers


def respond(
    answer: Mapping[str, Any], form: TraceForm, dialect: Dialect, events: Callable[[], Iterable[bytes]]
) -> Response:
    """Answer with a trace in a form; `events` writes its events, where these are asked for."""
    if form is TraceForm.JSON:
        written = orjson.dumps(answer)
    elif form is TraceForm.EPCIS:
        written = b"".join(events())
    else:
        written = "".join(write_table(table_of_answer(answer), form, dialect)).encode()
    named = answer["object"] if "object" in answer else " ".join(answer["objects"])
    return Response(written, headers={**headers_of(form, named), "Content-Type": MEDIA_TYPES[form]})


def described(answer: type[BaseModel], *, lines: str = "") -> dict[int | str, dict[str, Any]]:
    """Describe the answers for the OpenAPI document; `lines` is the media type that takes the place of JSON's."""
    schemas: dict[str, dict[str, Any]] = {MEDIA_TYPES[form]: {"type": "string"} for form in TraceForm}
    schemas[MEDIA_TYPES[TraceForm.EPCIS]] = {"type": "object", "description": "EPCISDocument (EPCIS 2.0, 9.5)"}
    json = schemas.pop(MEDIA_TYPES[TraceForm.JSON])
    schemas[lines or MEDIA_TYPES[TraceForm.JSON]] = json if lines else ref(answer)
    return {200: gives("The trace, in the form that was asked for", schemas), 404: NOT_MENTIONED}


def answers(answer: type[BaseModel], page: str) -> dict[str, Any]:
    """Describe a route whose answer is JSON alone, as a page of docs/ says in words."""
    found = gives(f"The answer of docs/{page}.md", {"application/json": ref(answer)})
    return {"response_class": Response, "responses": {200: found, 404: NOT_MENTIONED}}


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
