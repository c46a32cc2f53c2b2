"""What the forms of a partner's page do to its document: they work without a script, one part at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.supplier import Relation
from filiere_schemas.problems import Problem, Refusal

Document = dict[str, Any]
Form = Mapping[str, str]
# What each form that adds something asks for, by the list that it adds to.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sites": ("name", "address"),
    "products": ("name", "ours", "theirs", "identifier", "approvedFrom", "approvedUntil"),
    "certificates": ("scheme", "number", "scope", "issuer", "site", "validFrom", "validUntil", "document"),
    "contacts": ("name", "role", "email", "phone"),
}


def new_partner(form: Form) -> Document:
    """Give the document of a partner that a form describes."""
    return {"code": form.get("code", ""), **_entry(form)}


def changed_by(form: Form, document: Document) -> Document:
    """Give the document as a form changes it.

    Raises:
        Refusal: code `not-found`: the form names nothing that there is to change.
    """
    part, _, what = form.get("part", "").partition(" ")
    change = _CHANGES.get(part)
    if change is None or (part in {"add", "drop"} and what not in FIELDS):
        raise _nothing(part)
    return change(form, document, what)


def _entry(form: Form) -> Document:
    return {
        "name": form.get("name", ""),
        "relations": [relation.value for relation in Relation if f"relation-{relation.value}" in form],
        "identifiers": _lines(form.get("identifiers", "")),
        "notes": form.get("notes", ""),
    }


def _write_entry(form: Form, document: Document, _: str) -> Document:
    return {**document, **_entry(form), "code": form.get("code", "")}


def _add(form: Form, document: Document, what: str) -> Document:
    entry: Document = {name: form.get(name, "") for name in FIELDS[what]}
    if what == "sites":
        entry["identifiers"] = _lines(form.get("identifiers", ""))
    return {**document, what: [*document[what], entry]}


def _drop(form: Form, document: Document, what: str) -> Document:
    number = _place(form, document[what])
    return {**document, what: [entry for at, entry in enumerate(document[what]) if at != number]}


def _decide(form: Form, document: Document, _: str) -> Document:
    number = _place(form, document["certificates"])
    decision = {"since": form.get("since", ""), "status": form.get("status", "")}
    certificates = list(document["certificates"])
    certificates[number] = {**certificates[number], "changes": [*certificates[number]["changes"], decision]}
    return {**document, "certificates": certificates}


_CHANGES: Final[Mapping[str, Callable[[Form, Document, str], Document]]] = {
    "entry": _write_entry,
    "add": _add,
    "drop": _drop,
    "decide": _decide,
}


def _place(form: Form, entries: list[Document]) -> int:
    text = form.get("number", "")
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) < len(entries):  # noqa: PLR2004 - no list is longer
        return int(text)
    raise _nothing(text)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _nothing(what: str) -> Refusal:
    return Refusal([Problem(sentence=NOT_FOUND, values={"what": what[:40]})])
