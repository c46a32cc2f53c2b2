"""Every parameter of a SimpleEventQuery, one by one, over seven events of which each says something else."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from builders.instance import Instance, Sender
from builders.queried_events import AGENT, CORRECTED, CRATE, EVENTS, LOGGER, MILK_CLASS, event_id
from filiere_platform.domain.epcis_families import FAMILIES
from filiere_platform.domain.epcis_parameters import PAGING, READERS, SPELLINGS

ALL: Final = "ABCDEFG"
ORDER: Final = "urn:epcglobal:cbv:bt:9521002000010:PO-77"
FULL: Final = "https://dairy.example/terms#"
# A parameter, its value, and the letters of the events that it finds, in the order of the answer.
CASES: Final[list[tuple[str, str, str]]] = [
    ("eventType", "ObjectEvent|TransactionEvent", "ADEG"),
    ("eventType", "https://dairy.example/terms/MilkingEvent", ""),
    ("GE_eventTime", "2026-06-05T05:40:00Z", "EF"),
    ("LT_eventTime", "2026-06-02T07:40:00+02:00", "AG"),
    ("GE_recordTime", "2020-01-01T00:00:00Z", ALL),
    ("LT_recordTime", "2020-01-01T00:00:00Z", ""),
    ("EQ_action", "OBSERVE", "E"),
    ("EQ_bizStep", "shipping|urn:epcglobal:cbv:bizstep:packing", "CD"),
    ("EQ_disposition", "https://ref.gs1.org/cbv/Disp-in_transit", "D"),
    ("EQ_persistentDisposition_set", "completeness_verified", "AG"),
    ("EQ_persistentDisposition_set", "completeness_inferred", ""),
    ("EQ_persistentDisposition_unset", "urn:epcglobal:cbv:disp:completeness_inferred", "AG"),
    ("EQ_readPoint", "https://id.gs1.org/414/9521001000017/254/R3", "E"),
    ("EQ_bizLocation", "urn:epc:id:sgln:9521001.00001.R3", "ABG"),
    ("WD_readPoint", "https://id.gs1.org/414/9521001000017/254/R3", "E"),
    ("WD_bizLocation", "urn:epc:id:sgln:9521001.00001.R3|urn:x:elsewhere", "ABG"),
    ("HASATTR_readPoint", "cbvmda:name", ""),  # tests/api/test_described_things.py
    ("EQATTR_bizLocation_cbvmda:name", "Cave", ""),
    ("EQ_transformationID", "urn:dairy:batch:12", "B"),
    ("MATCH_epc", "https://dairy.example/01/09521001000314/21/7", "AG"),
    ("MATCH_epc", "urn:epc:id:sgtin:9521001.000031.2|urn:epc:id:sscc:9521001.0000000042", "CD"),
    ("MATCH_epc", "urn:epc:class:lgtin:9521001.000017.MILK-0611", ""),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521001.000031.*", "ACG"),
    ("MATCH_epc", "urn:epc:idpat:sscc:9521001.*|urn:epc:id:giai:9521001.LOGGER-5", "DF"),
    ("MATCH_parentID", "urn:epc:id:sscc:9521001.0000000042", "C"),
    ("MATCH_parentID", "urn:epc:idpat:grai:9521001.*.*", "F"),
    ("MATCH_inputEPC", CRATE, "B"),
    ("MATCH_outputEPC", "urn:epc:id:sgtin:9521001.000031.1", "B"),
    ("MATCH_anyEPC", "urn:epc:id:sgtin:9521001.000031.1", "BC"),
    ("MATCH_anyEPC", "urn:epc:idpat:sgtin:*.*.*", "ABCG"),
    ("MATCH_epcClass", "https://id.gs1.org/01/09521001000178/10/MILK-0611", "AG"),
    ("MATCH_epcClass", "urn:epc:id:sgtin:9521001.000031.7", ""),
    ("MATCH_epcClass", MILK_CLASS, "AG"),
    ("MATCH_epcClass", "urn:epc:idpat:sgtin:9521001.*.*", "AG"),
    ("MATCH_inputEPCClass", "urn:epc:class:lgtin:9521001.000024.CREAM-0611", "B"),
    ("MATCH_outputEPCClass", "urn:epc:class:lgtin:9521001.000031.TOMME-0612", "B"),
    ("MATCH_anyEPCClass", "urn:epc:class:lgtin:9521001.000017.MILK-0611", "ABG"),
    ("EQ_quantity", "20|96.40", "BC"),
    ("GT_quantity", "1000", "AG"),
    ("GE_quantity", "1e3", "ABG"),
    ("LT_quantity", "12.5", "AG"),
    ("LE_quantity", "12.5", "ABG"),
    ("EQ_eventID", event_id("B"), "B"),
    ("EXISTS_errorDeclaration", "true", "G"),
    ("EXISTS_errorDeclaration", "false", ALL),
    ("GE_errorDeclarationTime", "2026-06-20T08:00:00Z", "G"),
    ("LT_errorDeclarationTime", "2026-06-20T08:00:00Z", ""),
    ("GE_errorDeclaration_Time", "2026-06-20T10:00:00+02:00", "G"),
    ("LT_errorDeclaration_Time", "2026-06-21T08:00:00Z", "G"),
    ("EQ_errorReason", "urn:epcglobal:cbv:er:incorrect_data", "G"),
    ("EQ_errorReason", "did_not_occur", ""),
    ("EQ_correctiveEventID", CORRECTED, "G"),
    ("EXISTS_sensorElementList", "true", "E"),
    ("EXISTS_sensorElement", "", "E"),
    ("GE_time", "2026-06-05T04:00:00Z", "E"),
    ("LT_time", "2026-06-05T04:00:00Z", ""),
    ("GE_startTime", "2026-06-04T20:00:00Z", "E"),
    ("LT_startTime", "2026-06-04T20:00:00Z", ""),
    ("GE_endTime", "2026-06-05T04:00:01Z", ""),
    ("LT_endTime", "2026-06-05T04:00:01Z", "E"),
    ("EQ_type", "Pressure|gs1:Temperature", "E"),
    ("EQ_type", "Pressure", ""),
    ("EQ_deviceID", "https://id.gs1.org/8004/9521001LOGGER-5", "E"),
    ("EQ_deviceID", LOGGER + "0", ""),
    ("EQ_dataProcessingMethod", "https://dairy.example/methods/1", "E"),
    ("EQ_microorganism", "https://www.ncbi.nlm.nih.gov/taxonomy/1639", "E"),
    ("EQ_chemicalSubstance", "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N", "E"),
    ("EQ_bizRules", "https://dairy.example/rules/1", "E"),
    ("EQ_stringValue", "cloudy|clear", "E"),
    ("EQ_booleanValue", "true", "E"),
    ("EQ_booleanValue", "false", ""),
    ("EQ_hexBinaryValue", "F0a1", "E"),
    ("EQ_uriValue", "https://dairy.example/images/1", "E"),
    ("GE_percRank", "95", "E"),
    ("LT_percRank", "95", ""),
    ("GT_percRank", "95", ""),
    ("LE_percRank", "95", "E"),
    ("EQ_bizTransaction_po", ORDER, "ADG"),
    ("EQ_bizTransaction_urn:epcglobal:cbv:btt:po", ORDER, "ADG"),
    ("EQ_bizTransaction_inv", ORDER, ""),
    (f"EQ_bizTransaction_{AGENT}", "https://id.gs1.org/253/9521001000017D1", "AG"),
    ("EQ_source_owning_party", "https://id.gs1.org/417/9521001000017", "D"),
    ("EQ_source_owning_party", "https://id.gs1.org/417/9521002000016", ""),
    (f"EQ_source_{AGENT}", "urn:epc:id:pgln:9521002.00001", "D"),
    (f"EQ_source_{AGENT}", "urn:epc:id:pgln:9521001.00001", ""),
    ("EQ_destination_location", "urn:epc:id:sgln:9521002.00001.0", "D"),
    (f"EQ_destination_{AGENT}", "urn:epc:id:pgln:9521001.00001", "D"),
    ("EQ_value_KEL", "277.65|1", "E"),
    ("GE_value_FAH", "40.1", "E"),
    ("GT_value_FAH", "40.1", ""),
    ("LE_value_KGM", "0.25", "E"),
    ("LT_value_KGM", "0.25", ""),
    ("GE_value_BAR", "-1000", ""),
    ("GE_minValue_KEL", "275.15", "E"),
    ("LT_maxValue_KEL", "281.15", ""),
    ("GT_meanValue_CEL", "4", "E"),
    ("LE_sDev_CEL", "0.5", "E"),
    ("GE_percValue_CEL", "7.1", ""),
    ("EQ_quantity_MLT", "1200000|12500", "ABG"),
    ("EQ_quantity_C62", "3", "AG"),
    ("GE_quantity_TNE", "0.0964", "B"),
    ("LT_quantity_GRM", "20001", "C"),
    ("EQ_readPoint_dairy:door", "North", "AG"),
    ("EQ_INNER_readPoint_dairy:side", "left", "AG"),
    ("EQ_bizLocation_dairy:shelf", "4.0", "AG"),
    ("EQ_dairy:vat", "3|4", "AG"),
    ("EQ_dairy:code", "7", ""),
    ("EQ_dairy:code", "007", "AG"),
    ("EQ_dairy:organic", "true", "AG"),
    ("EQ_dairy:hands", "Zoé", "AG"),
    ("GT_dairy:vat", "3", "C"),
    ("GE_dairy:vat", "3", "ACG"),
    ("LT_dairy:vat", "3", ""),
    ("LE_dairy:vat", "11.9", "AG"),
    ("EXISTS_dairy:maker", "true", "AG"),
    ("EXISTS_dairy:name", "true", ""),
    (f"EQ_{FULL}vat", "12", "C"),
    ("EQ_https://dairy.example/terms/vat", "12", "C"),
    ("EQ_INNER_dairy:name", "Luc", "AG"),
    ("EQ_INNER_dairy:vat", "3", ""),
    ("GE_INNER_dairy:since", "1998", "AG"),
    ("EXISTS_INNER_dairy:since", "true", "AG"),
    ("EQ_ILMD_dairy:farm", "Alpage du Lac", "AG"),
    ("EQ_ILMD_dairy:vat", "3", ""),
    ("GE_ILMD_dairy:best", "2026-12-31", "AG"),
    ("LT_ILMD_dairy:best", "2026-12-31T00:00:00Z", ""),
    ("EXISTS_ILMD_dairy:best", "true", "AG"),
    ("EQ_INNER_ILMD_dairy:breed", "Abondance", "AG"),
    ("EXISTS_INNER_ILMD_dairy:best", "true", ""),
    ("EQ_ERROR_DECLARATION_dairy:noticed", "Luc", "G"),
    ("EQ_INNER_ERROR_DECLARATION_dairy:by", "count", "G"),
    ("EXISTS_ERROR_DECLARATION_dairy:how", "true", "G"),
    ("EQ_SENSORELEMENT_dairy:shelf", "9", "E"),
    ("EQ_INNER_SENSORELEMENT_dairy:height", "2", "E"),
    ("EXISTS_SENSORELEMENT_dairy:probe", "true", ""),
    ("LT_SENSORMETADATA_dairy:calibration", "2026-01-05T00:00:01Z", "E"),
    ("EQ_INNER_SENSORMETADATA_dairy:town", "Annecy", "E"),
    ("EQ_SENSORREPORT_dairy:probe", "P1", "E"),
    ("EQ_INNER_SENSORREPORT_dairy:maker", "Roberval", "E"),
    ("EXISTS_SENSORREPORT_dairy:scale", "true", "E"),
    ("orderBy", "recordTime", "GFEDCBA"),
    ("orderBy", "eventTime", "FEDCBGA"),
    ("orderBy", "dairy:vat", "CGAFEDB"),
    ("maxEventCount", "7", ALL),
]
SEVERAL: Final[list[tuple[dict[str, str], str]]] = [
    ({"orderBy": "eventTime", "orderDirection": "ASC"}, "AGBCDEF"),
    ({"orderBy": "recordTime", "orderDirection": "ASC", "eventCountLimit": "2"}, "AB"),
    ({"orderBy": "eventTime", "eventCountLimit": "2", "EQ_readPoint": "urn:epc:id:sgln:9521001.00001.0"}, "FC"),
    ({"orderBy": "ILMD_dairy:best", "orderDirection": "ASC", "eventCountLimit": "3", "perPage": "2"}, "AGB"),
    ({"EQ_action": "ADD", "GE_quantity": "20", "EQ_bizTransaction_po": ORDER}, "AG"),
]
REFUSED: Final[list[tuple[dict[str, str], int, str, str]]] = [
    ({"EQ_unheardOf": "x"}, 400, "query-parameter", "QueryParameterException"),
    ({"EQ_action": "ADDED"}, 400, "query-parameter", "QueryParameterException"),
    ({"EQ_bizStep": ""}, 400, "query-parameter", "QueryParameterException"),
    ({"EQ_quantity": "ten"}, 400, "query-parameter", "QueryParameterException"),
    ({"GE_quantity": "1|2"}, 400, "query-parameter", "QueryParameterException"),
    ({"GE_quantity": "1e999999999"}, 400, "query-parameter", "QueryParameterException"),
    ({"GE_value_QQ": "1"}, 400, "query-parameter", "QueryParameterException"),
    ({"GE_time": "2026-06-05"}, 400, "query-parameter", "QueryParameterException"),
    ({"GE_dairy:vat": "much"}, 400, "query-parameter", "QueryParameterException"),
    ({"EXISTS_dairy:vat": "perhaps"}, 400, "query-parameter", "QueryParameterException"),
    ({"EQ_booleanValue": "1"}, 400, "query-parameter", "QueryParameterException"),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:(a+)+.*.*"}, 400, "query-parameter", "QueryParameterException"),
    ({"MATCH_epc": "urn:epc:id:sgtin:9521001.31.1"}, 400, "query-parameter", "QueryParameterException"),
    ({"orderBy": "bizStep"}, 400, "query-parameter", "QueryParameterException"),
    ({"orderBy": "eventTime", "orderDirection": "UP"}, 400, "query-parameter", "QueryParameterException"),
    ({"orderDirection": "ASC"}, 400, "query-parameter", "QueryParameterException"),
    ({"eventCountLimit": "3"}, 400, "query-parameter", "QueryParameterException"),
    (
        {"orderBy": "eventTime", "eventCountLimit": "3", "maxEventCount": "3"},
        400,
        "query-parameter",
        "QueryParameterException",
    ),
    ({"maxEventCount": "6"}, 413, "query-too-large", "QueryTooLargeException"),
    (
        {"MATCH_epc": "|".join(f"urn:epc:idpat:sgtin:9521001.{number:06d}.*" for number in range(51))},
        413,
        "query-too-many-patterns",
        "QueryTooComplexException",
    ),
    ({"EQ_bizStep": "|".join(["shipping"] * 1001)}, 413, "query-too-complex", "QueryTooComplexException"),
]


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    sender = shared.admit("Dairy that says everything")
    answer = sender.send_events(*EVENTS.values())
    assert [record["status"] for record in answer.json()["records"]] == ["stored"] * len(EVENTS), answer.text
    return sender


def letters(dairy: Sender, parameters: dict[str, str], **headers: str) -> str:
    """Follow the pages of an answer to its end."""
    found, token = "", dict[str, str]()
    while True:
        answer = dairy.client.get("/epcis/events", params=parameters | token, headers=dairy.headers | headers)
        assert answer.status_code == 200, answer.text
        events: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        found += "".join("G" if "errorDeclaration" in each else chr(int(each["eventID"][-12:])) for each in events)
        if "nextPageToken" not in answer.json():
            return found
        token = {"nextPageToken": answer.json()["nextPageToken"]}


@pytest.mark.parametrize(("name", "value", "expected"), CASES)
def test_a_parameter_finds_the_events_that_it_asks_for(dairy: Sender, name: str, value: str, expected: str) -> None:
    assert letters(dairy, {name: value}) == expected


@pytest.mark.parametrize("page", ["1", "2"])
@pytest.mark.parametrize(("parameters", "expected"), SEVERAL)
def test_parameters_narrow_an_answer_together_and_order_it(
    dairy: Sender, parameters: dict[str, str], expected: str, page: str
) -> None:
    assert letters(dairy, parameters | {"perPage": page}) == expected


@pytest.mark.parametrize("order", ["recordTime", "eventTime", "dairy:vat"])
def test_pages_in_an_order_neither_skip_nor_repeat(dairy: Sender, order: str) -> None:
    whole = letters(dairy, {"orderBy": order})
    assert [letters(dairy, {"orderBy": order, "perPage": page}) for page in ("1", "2", "5")] == [whole] * 3


def test_a_prefix_means_what_its_request_declares(dairy: Sender) -> None:
    declared = {"GS1-Extensions": "d=https://dairy.example/terms/,x=https://other.example/"}
    assert letters(dairy, {"EQ_d:vat": "12"}, **declared) == "C"
    assert letters(dairy, {"EQ_x:vat": "12"}, **declared) == ""
    assert letters(dairy, {"EQ_dairy:vat": "12"}, **{"GS1-Extensions": "dairy=https://other.example/"}) == ""


@pytest.mark.parametrize(("parameters", "status", "code", "exception"), REFUSED)
def test_a_question_that_cannot_be_answered_gets_the_exception_of_the_binding(
    dairy: Sender, parameters: dict[str, str], status: int, code: str, exception: str
) -> None:
    answer = dairy.get("/epcis/events", **parameters)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["type"]) == (status, code, f"epcisException:{exception}")


def test_every_parameter_and_every_family_is_asked_here() -> None:
    asked = {name for name, _, _ in CASES} | {name for parameters, _ in SEVERAL for name in parameters}
    assert (READERS.keys() | SPELLINGS.keys()) - asked == set()
    families = asked - READERS.keys() - SPELLINGS.keys() - PAGING.keys()
    assert {form for form in FAMILIES if not any(_is_of(name, form) for name in families)} == set()


def _is_of(name: str, form: str) -> bool:
    """Whether a name is of a family as a refusal writes it: {one,of} these, [perhaps_,one_of] these, {what} ever."""
    pattern = re.sub(r"\[([^]]+)\]", lambda m: f"(?:{m[1].replace(',', '|')})?", form)
    pattern = re.sub(r"\{([^}]+,[^}]+)\}", lambda m: f"(?:{m[1].replace(',', '|')})", pattern)
    return re.fullmatch(re.sub(r"\{\w+\}", ".+", pattern), name) is not None
