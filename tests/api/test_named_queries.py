"""Named queries: each its member's own, read when it is kept, and answered in pages as events are."""

from __future__ import annotations

from typing import Any

import pytest

from builders.instance import Instance, Sender
from builders.subscribing import QUERIES, SHIPPING, code, define, delete, ids_of, post, ship
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.named_query import MOST_QUERIES, PREDEFINED, NamedQuery
from filiere_platform.domain.webhook import new_id
from filiere_schemas.epcis.xml_document import read_xml_document
from filiere_schemas.epcis.xml_event import event_value


@pytest.fixture
def member(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(request.node.name, sharing=SharingMode.PRIVATE)


def test_a_query_is_kept_under_its_name_for_its_member_alone(shared: Instance, member: Sender) -> None:
    path = define(member)
    other = shared.admit(f"{member.uri} other")
    assert member.get(path).json() == {"name": "shipped", "query": SHIPPING}
    assert member.get(QUERIES).json() == [{"name": "shipped", "query": SHIPPING}]
    assert other.get(QUERIES).json() == []
    for hidden in (path, f"{path}/events", f"{path}/subscriptions", f"{path}/subscriptions/0"):
        assert code(other.get(hidden))[::2] == (404, "NoSuchNameException")
    assert delete(other, path) == 404
    assert code(post(member, QUERIES, {"name": "shipped", "query": {}}))[::2] == (409, "ResourceAlreadyExistsException")
    assert post(other, QUERIES, {"name": "shipped", "query": {}}).status_code == 201
    assert delete(member, path) == 204
    assert member.get(path).status_code == 404
    acts = [act["act"] for act in member.get("/api/v1/audit").json()["acts"]]
    assert acts[-2:] == ["query.define", "query.remove"]


def test_the_query_of_the_standard_s_own_is_there_for_every_member_and_stays(member: Sender) -> None:
    path, sent = f"{QUERIES}/{PREDEFINED}", ship(member)
    assert member.get(path).json() == {"name": PREDEFINED, "query": {}}
    page = member.get(f"{path}/events", perPage="1000").json()
    assert page["epcisBody"]["queryResults"]["queryName"] == PREDEFINED
    assert set(sent) < set(ids_of(page))  # and with it the one that is no shipping
    assert member.get(QUERIES).json() == []
    assert delete(member, path) == 404
    assert code(post(member, f"{path}/subscriptions", {"dest": "https://a.example/", "stream": True}))[0] == 404
    assert member.get(path).status_code == 200


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"name": "q", "query": {"EQ_nothing": "x"}}, (400, "query-parameter", "QueryParameterException")),
        ({"name": "q", "query": {"EQ_action": ["LOOK"]}}, (400, "query-parameter", "QueryParameterException")),
        ({"name": "a/b", "query": {}}, (400, "query-name", "QueryValidationException")),
        ({"name": "SimpleEventQuery", "query": {}}, (409, "query-exists", "ResourceAlreadyExistsException")),
        ({"query": {}}, (400, "field-unreadable", "QueryValidationException")),
        ({"name": "q", "query": ["x"]}, (400, "field-unreadable", "QueryValidationException")),
        (
            {"name": "q", "query": {"EQ_bizStep": "x" * 40_000}},
            (413, "query-definition-too-large", "QueryTooLargeException"),
        ),
    ],
)
def test_a_query_that_nobody_could_answer_is_refused(
    member: Sender, body: dict[str, Any], found: tuple[int, str, str]
) -> None:
    assert code(post(member, QUERIES, body)) == found
    assert member.get(QUERIES).json() == []


def test_a_member_has_so_many_queries_and_lists_them_in_pages(shared: Instance, member: Sender) -> None:
    with shared.platform.database.unit_of_work() as uow:
        for number in range(MOST_QUERIES):
            asked = {"id": new_id(), "member_id": shared.member(member.uri).id, "name": f"q{number:03d}"}
            uow.named_queries.add(NamedQuery(**asked, query={}, made_at=0))
    assert code(post(member, QUERIES, {"name": "more", "query": {}}))[1] == "too-many-queries"
    names, url = [], f"{QUERIES}?perPage=40"
    while url:
        answer = member.client.get(url, headers=member.headers)
        names += [each["name"] for each in answer.json()]
        _, found, rest = answer.headers.get("Link", "").partition(QUERIES)
        url = found + rest.partition(">")[0]
    assert names == [f"q{number:03d}" for number in range(MOST_QUERIES)]


def test_the_answers_of_a_query_are_paged_as_those_of_events_are(member: Sender) -> None:
    path, sent = define(member, "with space é"), ship(member, 5)
    assert member.client.get(f"{QUERIES}/with%20space%20%C3%A9", headers=member.headers).status_code == 200
    found, token = [], ""
    while True:
        parameters = {"perPage": "2"} | ({"nextPageToken": token} if token else {})
        page = member.get(f"{path}/events", **parameters).json()
        assert page["epcisBody"]["queryResults"]["queryName"] == "with space é"
        found += ids_of(page)
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert found == sent
    assert member.get(f"{path}/events", EQ_action="ADD").status_code == 400


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml; charset=utf-8"),
        ("application/xml; version=1.2", "application/xml; version=1.2"),
        ("application/json;q=0.5, application/xml", "application/xml"),
        ("*/*", "application/ld+json"),
    ],
)
def test_the_answers_of_a_query_come_in_the_forms_of_events(member: Sender, accept: str, given: str) -> None:
    path, sent = define(member), ship(member, 3)
    answer = member.client.get(f"{path}/events?perPage=2", headers=member.headers | {"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, given)
    assert 'rel="next"' in answer.headers["Link"]
    if "xml" not in given:
        assert ids_of(answer.json()) == sent[:2]
        return
    document = read_xml_document(answer.content)
    assert [event_value(event).get("eventID") for event in document.events] == sent[:2]
    assert b"<queryName>shipped</queryName>" in answer.content


def test_prefixes_of_a_header_are_kept_with_the_query(member: Sender) -> None:
    asked = {"name": "farm", "query": {"EQ_ILMD_farm:farm": ["Alpage du Lac"]}}
    answer = post(member, QUERIES, asked, **{"GS1-Extensions": "farm=https://dairy.example/terms/"})
    assert answer.status_code == 201, answer.text
    (sent,) = ship(member)
    assert sent in ids_of(member.get(f"{QUERIES}/farm/events").json())
