"""Our event hash beside the reference implementation (PyPI `epcis-event-hash-generator`), on events made up.

Where they differ the reference contradicts itself, the text of the standard, or stops; a test shows each.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from epcis_event_hash_generator import json_to_py
from epcis_event_hash_generator.hash_generator import calculate_hashes_from_pre_hashes, derive_prehashes_from_events
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.event_strategies import ITEMS, MOMENTS, PALLETS, PLACES, valid_events, words
from builders.events import CONTEXT, an_object_event
from filiere_schemas.epcis.event_hash import event_hash, pre_hash
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.epcis.vocabulary import Vocabulary

pytestmark = pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning")

# The context that the reference has at hand; it would fetch any other.
BUNDLED = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIXES = {"dairy": "https://dairy.example/terms/", "maker": "urn:maker:terms#"}


def reference_pre_hash(event: dict[str, Any], **prefixes: str) -> str:
    """Ask the reference for the text of one event, put in a document, with nothing left from the one before."""
    json_to_py._namespaces.clear()
    content = {key: member for key, member in event.items() if key != "@context"}
    document = {"@context": [BUNDLED, PREFIXES | prefixes], "epcisBody": {"eventList": [content]}}
    (text,) = derive_prehashes_from_events(json_to_py.event_list_from_epcis_document_json(document))
    return str(text)


def ours(event: dict[str, Any], **prefixes: str) -> str:
    """Give our text of the same event."""
    return pre_hash({**event, "@context": [BUNDLED, PREFIXES | prefixes]})


# Capitals and digits: no text is a word of the vocabularies, and some are numbers with needless digits.
TEXTS = st.text("ABC XYZ0123456789", max_size=8) | st.from_regex(r"[+-]?0?[0-9]{1,4}(\.[0-9]{1,3}0?)?", fullmatch=True)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)
NAMES = st.builds("{}:{}".format, st.sampled_from(sorted(PREFIXES)), st.text("abcdefgh", min_size=1, max_size=3))
EXTENSIONS = st.recursive(
    TEXTS | NUMBERS | ITEMS | PLACES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
# At most three digits of a second: the reference rounds a half to the even digit, and stops at the last one.
INSTANTS = st.builds(
    lambda moment, digits, zone: moment.strftime("%Y-%m-%dT%H:%M:%S") + digits + zone,
    MOMENTS,
    st.sampled_from(["", ".1", ".05", ".999", ".1234", ".98765", ".000001"]),
    st.sampled_from(["Z", "+02:00", "-11:30"]),
)
REPORTS = st.fixed_dictionaries(
    {"type": words(Vocabulary.MEASUREMENT_TYPE)},
    optional={
        "value": NUMBERS,
        "uom": st.sampled_from(["CEL", "KGM"]),
        "time": INSTANTS,
        "exception": words(Vocabulary.SENSOR_ALERT_TYPE),
        "component": words(Vocabulary.COMPONENT),
        "stringValue": TEXTS,
        "minValue": NUMBERS,
        "deviceID": ITEMS,
        "bizRules": ITEMS,
        "uriValue": st.just("https://lab.example/r?x=1"),
        "dairy:probe": TEXTS,
        "maker:probe": TEXTS,
    },
)
SENSORS = st.lists(
    st.fixed_dictionaries(
        {"sensorReport": st.lists(REPORTS, min_size=1, max_size=3)},
        optional={
            "sensorMetadata": st.fixed_dictionaries(
                {"deviceID": ITEMS}, optional={"time": INSTANTS, "rawData": ITEMS, "dairy:room": TEXTS}
            ),
            "dairy:batch": TEXTS,
        },
    ),
    min_size=1,
    max_size=3,
)
# The reference writes a party's members in the order in which they stand.
PARTIES = st.lists(
    st.tuples(words(Vocabulary.SOURCE_DESTINATION_TYPE), PLACES).map(lambda p: {"type": p[0], "source": p[1]}),
    min_size=1,
    max_size=3,
)
CHANGES = st.fixed_dictionaries(
    {"eventTime": INSTANTS},
    optional={
        "sensorElementList": SENSORS,
        "sourceList": PARTIES,
        "ilmd": st.dictionaries(NAMES, EXTENSIONS, min_size=1, max_size=3),
        "readPoint": st.fixed_dictionaries({"id": PLACES}, optional={"dairy:gate": TEXTS, "maker:gate": TEXTS}),
        "persistentDisposition": st.fixed_dictionaries(
            {"set": st.lists(words(Vocabulary.DISPOSITION), min_size=1, max_size=2)},
            optional={"unset": st.lists(words(Vocabulary.DISPOSITION), min_size=1, max_size=2)},
        ),
        "certificationInfo": PALLETS | st.lists(PALLETS, min_size=1, max_size=2),
    },
)


@settings(max_examples=100)
@given(valid_events(), CHANGES, st.dictionaries(NAMES, EXTENSIONS, max_size=3))
def test_our_text_is_that_of_the_reference(
    event: dict[str, Any], changes: dict[str, Any], extensions: dict[str, Any]
) -> None:
    plain = {key: member for key, member in event.items() if not key.startswith("dairy:")}
    made = json.loads(json.dumps(plain | changes | extensions))
    text = reference_pre_hash(made)
    assert ours(made) == text
    assert event_hash({**made, "@context": [BUNDLED, PREFIXES]}) == calculate_hashes_from_pre_hashes([text])[0]


def _at(time: str) -> dict[str, Any]:
    return {"eventTime": f"2026-06-12T05:40:{time}Z"}


def _reported(**report: Any) -> dict[str, Any]:
    return {"sensorElementList": [{"sensorReport": [{"type": "Temperature", **report}]}]}


SALE = {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521002000010:PO-77"}
ESCAPED = "https://dairy.example/01/09521001000178/10/A%2FB"
WRONG_DIGIT = "https://dairy.example/01/09521001000179/10/A"
# What an event says, what the reference makes of it, what we make of it.
FAULTS = {
    "half a millisecond goes to the even one, not up": (_at("00.1425"), "00.142Z", "00.143Z"),
    "a boolean is written as Python writes it, not as XML does": (_reported(booleanValue=True), "=True", "=true"),
    "nothing is written as Python writes it": ({"dairy:x": None}, "}x=None", "}x"),
    "the order of JSON members changes a document's text": (
        {"bizTransactionList": [dict(reversed(SALE.items()))]},
        "PO-77type=https://ref.gs1.org/cbv/BTT-po",
        "type=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:epcglobal:cbv:bt:9521002000010:PO-77",
    ),
    "a company's own word that is a business step somewhere else is taken for it": (
        {"dairy:x": "commissioning"},
        "}x=https://ref.gs1.org/cbv/BizStep-commissioning",
        "}x=commissioning",
    ),
    "digits with an underscore are a number, as in Python": ({"dairy:x": "1_000"}, "}x=1000", "}x=1_000"),
    "prefixes of the standard's own context are not known in names": (
        {"ilmd": {"cbvmda:lotNumber": "A"}},
        "ilmdcbvmda:lotNumber=A",
        "ilmd{urn:epcglobal:cbv:mda:}lotNumber=A",
    ),
    "nor in values, where XML knows them": (
        _reported(component="cbv:Comp-x"),
        "component=cbv:Comp-x",
        "component=https://ref.gs1.org/cbv/Comp-x",
    ),
    "a name that ends with List is taken apart": ({"dairy:xList": "A"}, "}xList{https", "}xList=A"),
    "an attribute of XML has another name": ({"dairy:x": {"@unit": "A"}}, "}x@unit=A", "}xunit=A"),
    "a remark is known by one prefix alone": (
        {"comments:comment": "A"},
        "{http://www.w3.org/2000/01/rdf-schema#}comment=A",
        "",
    ),
    "a Digital Link with an escape is no Digital Link": (
        {"epcList": [ESCAPED]},
        f"epc={ESCAPED}",
        "epc=https://id.gs1.org/01/09521001000178/10/A%2FB",
    ),
    "an address with a wrong check digit is a Digital Link": (
        {"epcList": [WRONG_DIGIT]},
        "epc=https://id.gs1.org/01/09521001000179/10/A",
        f"epc={WRONG_DIGIT}",
    ),
}


@pytest.mark.parametrize(("said", "theirs", "our_own"), FAULTS.values(), ids=FAULTS.keys())
def test_where_the_reference_is_at_fault(said: dict[str, Any], theirs: str, our_own: str) -> None:
    prefixes = {"comments": "http://www.w3.org/2000/01/rdf-schema#"}
    event = an_object_event(**said)
    text = reference_pre_hash(event, **prefixes)
    assert theirs in text
    assert ours(event, **prefixes) != text
    assert our_own in ours(event, **prefixes)
    assert theirs not in ours(event, **prefixes) or theirs in our_own


@pytest.mark.parametrize(
    "said",
    [_at("00.9996"), {"dairy:x": "infinity"}, {"bizTransactionList": [{"bizTransaction": SALE["bizTransaction"]}]}],
    ids=["the last half millisecond of a second", "a text that Python reads as a number", "a document without type"],
)
def test_where_the_reference_stops(said: dict[str, Any]) -> None:
    event = an_object_event(**said)
    with pytest.raises((ValueError, IndexError)):  # it gives no text, or raises
        reference_pre_hash(event)
    assert read_event(event)
    assert event_hash(event).startswith("ni:///sha-256;")


def test_the_reference_remembers_prefixes_of_documents_before() -> None:
    event = an_object_event(**{"other:x": "A"})
    first = reference_pre_hash(event)
    content = {key: member for key, member in event.items() if key != "@context"}
    json_to_py._namespaces["other"] = "{https://other.example/}"
    again = json_to_py.event_list_from_epcis_document_json(
        {"@context": [BUNDLED, PREFIXES], "epcisBody": {"eventList": [content]}}
    )
    assert first.endswith("other:x=A")
    assert derive_prehashes_from_events(again) != [first]


def test_the_reference_hashes_the_context_of_an_event_that_has_its_own() -> None:
    event = an_object_event()
    document = {"@context": [BUNDLED, PREFIXES], "epcisBody": {"eventList": [{**event, "@context": BUNDLED}]}}
    (text,) = derive_prehashes_from_events(json_to_py.event_list_from_epcis_document_json(document))
    assert "@context" in text
    assert "@context" not in pre_hash({**event, "@context": CONTEXT})
