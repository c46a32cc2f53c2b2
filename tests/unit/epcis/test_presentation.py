"""Events in the form a reader asks for: nothing named differently, nothing lost, nothing of others touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builders import events, identifiers
from builders.event_strategies import EXTENSIONS, valid_events
from filiere_schemas.epcis.identity import content_of
from filiere_schemas.epcis.presentation import EpcFormat, WordFormat, present, present_epc, present_word
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word, long_forms
from filiere_schemas.identifiers import as_epc_urn, canonical_key
from filiere_schemas.identifiers.gs1_key import Gs1Key

LINK = "https://id.gs1.org/01/09521001000017/10/MILK-0611"
EPC_FORMATS = st.sampled_from(EpcFormat)
WORD_FORMATS = st.sampled_from(WordFormat)


def everywhere(urn: str, word: dict[str, str]) -> dict[str, Any]:
    """An event that names one thing and one word of each vocabulary in every place where they stand."""
    return {
        "@context": events.CONTEXT,
        "type": "ObjectEvent",
        "bizStep": word["bizStep"],
        "disposition": word["disposition"],
        "persistentDisposition": {"set": [word["disposition"]], "unset": [word["disposition"]]},
        "errorDeclaration": {"declarationTime": "2026-06-13T08:00:00Z", "reason": word["errorReason"]},
        "parentID": urn,
        "transformationID": urn,
        **{name: [urn] for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList")},
        **{
            name: [{"epcClass": urn, "quantity": 1}]
            for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
        },
        "readPoint": {"id": urn},
        "bizLocation": {"id": urn},
        "bizTransactionList": [{"type": word["bizTransactionType"], "bizTransaction": urn}],
        "sourceList": [{"type": word["sourceDestinationType"], "source": urn}],
        "destinationList": [{"type": word["sourceDestinationType"], "destination": urn}],
        "sensorElementList": [
            {
                "sensorMetadata": {"deviceID": urn},
                "sensorReport": [
                    {
                        "type": word["measurementType"],
                        "exception": word["sensorAlertType"],
                        "component": word["component"],
                        "deviceID": urn,
                    }
                ],
            }
        ],
    }


BARE = {str(vocabulary): WORDS[vocabulary].words[0] for vocabulary in Vocabulary}


def test_an_identifier_is_translated_everywhere_it_stands() -> None:
    as_urns = everywhere(events.MILK_LOT, BARE)
    as_links = everywhere(canonical_key(events.MILK_LOT), BARE)
    assert present(as_urns, epcs=EpcFormat.DIGITAL_LINK, words=WordFormat.NEVER_TRANSLATES) == as_links
    assert present(as_links, epcs=EpcFormat.EPC_URN, words=WordFormat.NEVER_TRANSLATES) == as_urns


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (WordFormat.WEB_URI, "https://ref.gs1.org/cbv/BizStep-accepting"),
        (WordFormat.URN, "urn:epcglobal:cbv:bizstep:accepting"),
        (WordFormat.NO_PREFERENCE, "accepting"),
    ],
)
def test_a_word_is_translated_everywhere_it_stands(form: WordFormat, expected: str) -> None:
    forms = {str(name): present_word(name, WORDS[name].words[0], form) for name in Vocabulary}
    assert forms["bizStep"] == expected
    event = present(everywhere(events.MILK_LOT, BARE), epcs=EpcFormat.NO_PREFERENCE, words=form)
    assert event == everywhere(events.MILK_LOT, forms)


@given(st.sampled_from([(name, text) for name in Vocabulary for text in long_forms(name)]), WORD_FORMATS)
def test_a_word_in_any_form_means_the_same_in_every_other(written: tuple[Vocabulary, str], form: WordFormat) -> None:
    vocabulary, text = written
    shown = present_word(vocabulary, text, form)
    assert (bare_word(vocabulary, shown) or shown) == bare_word(vocabulary, text)
    assert present_word(vocabulary, shown, WordFormat.NO_PREFERENCE) == bare_word(vocabulary, text)


@given(identifiers.keys(), EPC_FORMATS)
def test_an_identifier_in_any_form_names_the_same_thing(key: Gs1Key, form: EpcFormat) -> None:
    assert canonical_key(present_epc(key.uri, form)) == key.uri


@given(identifiers.keys())
def test_links_go_to_urns_and_back_without_loss(key: Gs1Key) -> None:
    urn = as_epc_urn(key.uri)
    assume(urn is not None)
    assert present_epc(key.uri, EpcFormat.EPC_URN) == urn
    assert present_epc(str(urn), EpcFormat.DIGITAL_LINK) == key.uri
    assert present_epc(str(urn), EpcFormat.EPC_URN) == urn


@given(valid_events(), EPC_FORMATS, WORD_FORMATS)
def test_a_presented_event_is_the_same_event_and_comes_back_as_it_was(
    event: dict[str, Any], epcs: EpcFormat, words: WordFormat
) -> None:
    before = json.dumps(event)
    shown = present(event, epcs=epcs, words=words)
    assert json.dumps(event) == before
    assert list(shown) == list(event)
    read_event(shown)
    # Written with URNs of the split that GS1's table gives, and with bare words: so they come back exactly.
    back = present(shown, epcs=EpcFormat.EPC_URN, words=WordFormat.NO_PREFERENCE)
    assert content_of(back) == content_of(event)


@given(EXTENSIONS, EPC_FORMATS, WORD_FORMATS)
def test_what_others_wrote_beside_the_standard_is_left_alone(
    extensions: dict[str, Any], epcs: EpcFormat, words: WordFormat
) -> None:
    theirs = {
        **extensions,
        "dairy:epcList": [events.MILK_LOT, LINK],
        "dairy:bizStep": "urn:epcglobal:cbv:bizstep:other",
    }
    event = events.an_object_event(
        **theirs,
        ilmd={"dairy:parent": events.MILK_LOT, "dairy:link": LINK},
        readPoint={"id": events.DAIRY, "dairy:door": events.DAIRY},
    )
    shown = present(event, epcs=epcs, words=words)
    assert {name: shown[name] for name in theirs} == theirs
    assert shown["ilmd"] == event["ilmd"]
    assert shown["readPoint"]["dairy:door"] == events.DAIRY


@pytest.mark.parametrize(
    "uri",
    [
        "https://brand.example/shop/01/09521001000017/10/MILK-0611?17=261231",  # a Digital Link already
        "urn:epc:idpat:sgtin:9521001.*.*",  # many classes: no Digital Link names them
        "urn:filiere:lot:siret:73282932000074:MILK:0611",
        "urn:epcglobal:cbv:bt:9521002000010:PO-77",
        "https://brand.example/orders/77",
    ],
)
def test_what_has_no_digital_link_or_is_one_stays_as_it_came(uri: str) -> None:
    assert present_epc(uri, EpcFormat.DIGITAL_LINK) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/01/01409999000012/10/A",  # GS1 has given this prefix to nobody
        "https://id.gs1.org/01/09521001000017/22/2A",  # a variant has no EPC
        "https://brand.example/orders/77",
        "urn:filiere:lot:siret:73282932000074:MILK:0611",
        "https://id.gs1.org/01/nonsense",
    ],
)
def test_what_has_no_epc_urn_stays_as_it_came(uri: str) -> None:
    assert present_epc(uri, EpcFormat.EPC_URN) == uri


def test_shapes_that_are_not_the_standards_are_left_alone() -> None:
    odd = {"epcList": {"0": events.MILK_LOT}, "readPoint": events.DAIRY, "bizStep": 7, "quantityList": [None, "x"]}
    assert present(odd, epcs=EpcFormat.DIGITAL_LINK, words=WordFormat.URN) == odd
