"""A member who names queries and subscribes to them, and what it is sent."""

from __future__ import annotations

import uuid
from typing import Any, Final

import httpx

from builders.events import an_object_event
from builders.instance import Sender

QUERIES: Final = "/epcis/queries"
SHIPPING: Final[dict[str, Any]] = {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping"]}


def post(member: Sender, path: str, body: Any, **headers: str) -> httpx.Response:
    return member.client.post(path, json=body, headers=member.headers | headers)


def delete(member: Sender, path: str) -> int:
    return member.client.delete(path, headers=member.headers).status_code


def define(member: Sender, name: str = "shipped", query: Any = SHIPPING) -> str:
    answer = post(member, QUERIES, {"name": name, "query": query})
    assert answer.status_code == 201, answer.text
    return f"{QUERIES}/{name}"


def ship(member: Sender, count: int = 1, **changes: Any) -> list[str]:
    """Send so many new events that the query is about, and one that it is not; gives the IDs of the former."""
    ids = [uuid.uuid4().urn for _ in range(count)]
    events = [an_object_event(eventID=each, **{"bizStep": "shipping"} | changes) for each in ids]
    other = an_object_event(eventID=uuid.uuid4().urn, bizStep="receiving")
    assert member.send_events(*events, other).status_code == 200
    return ids


def ids_of(document: Any) -> list[str]:
    return [event["eventID"] for event in document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


def code(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["type"].removeprefix("epcisException:")
