"""Every single-field mutation of the official events: our verdict is the official schema's, or a table says why."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from builders.conformance import official_documents, reference_folder
from builders.judged import Judge
from builders.mutations import Mutation, mutations
from filiere_schemas.epcis.document import InvalidDocument, read_document
from filiere_schemas.epcis.duplicates import keep_last_values
from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event
from filiere_schemas.provenance.strict_json import strict_loads

TABLE = Path(__file__).with_name("differences.toml")
FEWEST_MUTATIONS = 35_000  # of 56 events; fewer would mean that the generator lost a field or a kind of change


EVENT_LISTS = ("/epcisBody/eventList", "/epcisBody/queryResults/resultsBody/eventList")
# As in the table, for the fields of the document around the events.
ENVELOPE_DIFFERENCES = {
    "list with first element twice at /@context": "accepted: JSON-LD gives a repeated entry a meaning",
    "time in year 0 at /creationDate": "refused: no calendar here holds it",
    "time beyond year 9999 at /creationDate": "refused: no calendar here holds it",
}


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    lenient: str
    strict: str
    official: str


@dataclass(kw_only=True)
class Compared:
    """What came of all mutations: how many, and the first example of each kind of difference."""

    total: int = 0
    differences: dict[tuple[str, str, Verdicts], str] = field(default_factory=dict)
    codes: dict[tuple[str, str, Verdicts], set[str]] = field(default_factory=dict)
    unsaid: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def official_verdict() -> Callable[[dict[str, Any]], str]:
    schema = json.loads((reference_folder() / "epcis-2.0" / "epcis-json-schema-2.0.1.json").read_bytes())
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    return lambda event: "accepts" if validator.is_valid(event) else "refuses"


@pytest.fixture(scope="module")
def compared(official_verdict: Callable[[dict[str, Any]], str]) -> Compared:
    result = Compared()
    for path in official_documents():
        for event in read_document(path.read_bytes()).events:
            for mutation in mutations(strict_loads(event)):
                _compare(mutation, path.name, official_verdict(mutation.event), result)
    return result


def test_every_field_is_mutated_in_every_way(compared: Compared) -> None:
    assert compared.total > FEWEST_MUTATIONS


def test_our_verdict_is_the_official_one_except_where_the_table_says_why(compared: Compared, judge: Judge) -> None:
    expected = _table()
    surprises = [
        f"{name} at {place}: {verdicts}, e.g. {example}"
        for (name, place, verdicts), example in compared.differences.items()
        if (name, place, verdicts) not in expected
    ]
    listed = f"{len(expected)} kinds of mutation are judged otherwise, each for its reason in {TABLE.name}"
    passed = compared.total - len(surprises)
    judge.count("mutations, JSON-LD", passed=passed, failed=len(surprises), reasons=surprises or [listed])


def test_every_row_of_the_table_still_occurs(compared: Compared) -> None:
    assert not _table().keys() - compared.differences.keys()


def test_a_refusal_of_the_table_has_the_code_that_the_table_names(compared: Compared) -> None:
    wrong = {
        key: compared.codes[key]
        for key, code in _table().items()
        if code is not None and code not in compared.codes.get(key, {code})
    }
    assert not wrong


def test_every_refusal_says_where_and_what_in_both_languages(compared: Compared) -> None:
    assert not compared.unsaid


def test_our_verdict_on_an_envelope_is_the_official_one(official_verdict: Callable[[dict[str, Any]], str]) -> None:
    surprises = {
        f"{mutation.name} at {mutation.place}": path.name
        for path in official_documents()
        for mutation in _envelope_mutations(strict_loads(keep_last_values(path.read_bytes())))
        if _document_verdict(mutation.event) != official_verdict(mutation.event)
    }
    assert surprises.keys() == ENVELOPE_DIFFERENCES.keys()


def _compare(mutation: Mutation, document: str, official: str, result: Compared) -> None:
    result.total += 1
    lenient, strict = (
        _verdict(mutation, document, strictness, result) for strictness in (Strictness.LENIENT, Strictness.STRICT)
    )
    verdicts = Verdicts(lenient=lenient[0], strict=strict[0], official=official)
    if not verdicts.lenient == verdicts.strict == verdicts.official:
        key = (mutation.name, mutation.place, verdicts)
        result.differences.setdefault(key, f"{document}{mutation.pointer}")
        result.codes.setdefault(key, set()).update(lenient[1] | strict[1])


def _envelope_mutations(document: dict[str, Any]) -> Iterator[Mutation]:
    """Give the mutations of a document outside its events; one event is enough inside."""
    return (m for m in mutations(document) if not m.place.startswith(EVENT_LISTS) or m.place in EVENT_LISTS)


def _document_verdict(document: dict[str, Any]) -> str:
    try:
        for event in read_document(json.dumps(document).encode()).events:
            read_event(strict_loads(event))
    except (InvalidDocument, InvalidEvent):
        return "refuses"
    return "accepts"


def _verdict(mutation: Mutation, document: str, strictness: Strictness, result: Compared) -> tuple[str, set[str]]:
    try:
        read_event(mutation.event, strictness=strictness)
    except InvalidEvent as refused:
        for problem in refused.problems:
            said = problem.message("fr") and problem.message("en")
            if not said or problem.code == "schema-violation" or not _resolves(mutation.event, problem.pointer):
                result.unsaid.append(f"{problem.code} at {problem.pointer} of {document}: {mutation.name}")
        return "refuses", {problem.code for problem in refused.problems}
    return "accepts", set()


def _resolves(value: Any, pointer: str) -> bool:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True


def _table() -> dict[tuple[str, str, Verdicts], str | None]:
    rows = tomllib.loads(TABLE.read_text("utf-8"))["difference"]
    return {
        (name, place, Verdicts(lenient=row["lenient"], strict=row["strict"], official=row["official"])): row.get("code")
        for row in rows
        if row["reason"]
        for name, place in product(row["mutations"], row["places"])
    }
