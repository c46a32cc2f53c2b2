"""Words of the standard: bare, in their longer forms, unknown, or a company's own."""

from __future__ import annotations

import pytest

from builders.events import (
    a_transaction_event,
    an_object_event,
)
from builders.verdicts import refused, warned
from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event

LONG_FORMS = [
    ("bizStep", "urn:epcglobal:cbv:bizstep:shipping", "shipping"),
    ("bizStep", "https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
    ("bizStep", "https://ns.gs1.org/cbv/BizStep-shipping", "shipping"),
    ("disposition", "urn:epcglobal:cbv:disp:in_transit", "in_transit"),
]


@pytest.mark.parametrize(("field", "found", "word"), LONG_FORMS)
def test_a_long_word_is_read_as_its_bare_word_with_a_warning(field: str, found: str, word: str) -> None:
    reading = read_event(an_object_event(**{field: found}))
    assert word in (reading.event.biz_step, reading.event.disposition)
    assert [(w.code, w.pointer) for w in reading.warnings] == [("word-in-long-form", f"/{field}")]


@pytest.mark.parametrize(("field", "found", "word"), LONG_FORMS)
def test_strict_reading_refuses_a_long_word(field: str, found: str, word: str) -> None:
    event = an_object_event(**{field: found})
    assert refused(event, strictness=Strictness.STRICT) == {("word-in-long-form", f"/{field}")}


def test_every_place_of_a_word_takes_its_long_form() -> None:
    event = a_transaction_event(
        persistentDisposition={"set": ["urn:epcglobal:cbv:disp:recalled"]},
        errorDeclaration={"declarationTime": "2026-06-13T08:00:00Z", "reason": "urn:epcglobal:cbv:er:did_not_occur"},
        bizTransactionList=[{"type": "urn:epcglobal:cbv:btt:po", "bizTransaction": "https://dairy.example/po/1"}],
        sourceList=[{"type": "urn:epcglobal:cbv:sdt:location", "source": "urn:epc:id:sgln:9521001.00001.0"}],
        destinationList=[{"type": "cbv:SDT-location", "destination": "urn:epc:id:sgln:9521001.00001.0"}],
        sensorElementList=[
            {
                "sensorReport": [
                    {"type": "gs1:Temperature", "exception": "gs1:ALARM_CONDITION", "component": "cbv:Comp-x"}
                ]
            },
        ],
    )
    reading = read_event(event)
    report = reading.event.sensor_elements[0].reports[0]
    assert reading.event.persistent_disposition is not None
    assert reading.event.error_declaration is not None
    assert [
        reading.event.persistent_disposition.set[0],
        reading.event.error_declaration.reason,
        reading.event.biz_transactions[0].type,
        reading.event.sources[0].type,
        reading.event.destinations[0].type,
        report.type,
        report.exception,
        report.component,
    ] == ["recalled", "did_not_occur", "po", "location", "location", "Temperature", "ALARM_CONDITION", "x"]
    assert sum(w.code == "word-in-long-form" for w in reading.warnings) == 8


def test_a_company_s_own_word_is_read_as_what_it_names_whichever_prefix_it_was_sent_with() -> None:
    full = "https://dairy.example/terms/salting"
    for word in (full, "dairy:salting"):
        reading = read_event(an_object_event(bizStep=word, disposition=word), strictness=Strictness.STRICT)
        assert (reading.event.biz_step, reading.event.disposition, reading.warnings) == (full, full, ())
    undeclared = read_event(an_object_event(bizStep="mill:salting"), strictness=Strictness.STRICT)
    assert undeclared.event.biz_step == "mill:salting"


def test_a_prefix_of_the_standards_own_words_is_the_word() -> None:
    event = an_object_event(bizStep="s:shipping")
    event["@context"] = [event["@context"][0], {"s": "https://ref.gs1.org/cbv/BizStep-"}]
    event.pop("ilmd", None)
    assert read_event(event).event.biz_step == "shipping"


def test_a_word_of_another_edition_is_kept_with_a_warning() -> None:
    word = "https://ref.gs1.org/cbv/BizStep-teleporting"
    assert read_event(an_object_event(bizStep=word)).event.biz_step == word
    assert warned(an_object_event(bizStep=word)) == {("unknown-word", "/bizStep")}


def test_an_unknown_word_is_refused_with_the_words_that_look_like_it() -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_event(an_object_event(bizStep="shiping"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer) == ("unknown-word", "/bizStep")
    assert "shipping" in problem.message("fr")
    assert "shipping" in problem.message("en")
