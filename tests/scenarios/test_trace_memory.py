"""Over the graph in memory, over as much of the database as a search comes to, and by the plain search: one answer.

It is the same to every viewer, at every size of the log.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from builders.instance import Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.domain.audience import ANYBODY, OPERATOR, SharingMode, Viewer
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.store import graph_memory
from filiere_platform.store.database import Database
from filiere_platform.usecases import trace
from filiere_platform.usecases.trace import TraceQuestion, Ways, trace_object
from filiere_platform.usecases.trace_graph import AskedGraph
from filiere_platform.usecases.trace_stream import stream_trace
from filiere_schemas.problems import Refusal

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"
LOTS = tuple(f"urn:epc:class:lgtin:9521001.000017.L{n}" for n in range(9))
PALLETS = tuple(f"urn:epc:id:sscc:9521001.000000004{n}" for n in range(2))
PRODUCT = "urn:epc:idpat:sgtin:9521001.000017.*"
SEED = 20261126


class PlainGraph(AskedGraph):
    """Asks the database for everything, what is hidden and what was taken back too."""

    def count_hidden(self, node_ids: Collection[int]) -> Mapping[int, int]:
        return self.events.count_hidden(node_ids, before=self.before)

    def withdrawn(self, node_ids: Collection[int]) -> Mapping[int, Collection[int]]:
        return self.events.withdrawn_touching(node_ids, before=self.before)


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture
def forgetful(instance: Instance) -> Iterator[Database]:
    """The same database, opened by somebody who keeps no graph in memory."""
    with closing(Database.open(instance.platform.settings.effective_database_url, graph_bytes=0)) as database:
        yield database


@pytest.fixture
def plainly(forgetful: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Answers of the plain search, which asks the database for every end as an object."""

    def ask(viewers: list[Viewer], questions: list[TraceQuestion]) -> list[Any]:
        with monkeypatch.context() as patched:
            patched.setattr(trace, "AskedGraph", PlainGraph)
            patched.setattr(trace, "RememberedGraph", lambda asked, _: asked)
            return answers(forgetful, viewers, questions)

    return ask


@pytest.fixture
def senders(instance: Instance) -> list[Sender]:
    return [
        instance.admit("farm", sharing=SharingMode.PUBLIC),
        instance.admit("dairy", sharing=SharingMode.SECTOR),
        instance.admit("shop", sharing=SharingMode.PRIVATE),
    ]


def an_event(draw: random.Random, number: int) -> dict[str, Any]:
    """Any event among few lots and two pallets; every tenth takes an earlier one back."""
    when = f"2026-03-{draw.randint(1, 9):02d}T10:00:00.000+01:00"
    context = [CONTEXT, {"filiere": "urn:filiere:ns:"}]
    event: dict[str, Any] = {"@context": context, "eventTime": when, "eventTimeZoneOffset": "+01:00"}
    event["eventID"] = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
    lots = [{"epcClass": lot, "quantity": draw.randint(1, 9), "uom": "KGM"} for lot in draw.sample(LOTS, 3)]
    kind = draw.choice(("made", "made", "made", "shared", "packed", "seen", "same", "vessel"))
    if kind == "same":
        until = {"filiere:sameAsUntil": "2026-03-05T10:00:00Z"} if draw.random() < 0.5 else {}
        same = {"quantityList": [{"epcClass": lots[0]["epcClass"]}], "filiere:sameAs": lots[1]["epcClass"]}
        return event | {"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "inspecting", **same, **until}
    if kind == "vessel":
        mode = draw.choice(({"filiere:carryOver": "first-in-first-out"}, {"filiere:carryOver": "mixed"}))
        return event | {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [draw.choice(PALLETS)], **mode}
    if kind == "made":
        product = [{"epcClass": PRODUCT, "quantity": 2}] if draw.random() < 0.2 else []
        return event | {
            "type": "TransformationEvent",
            "inputQuantityList": lots[:2] + product,
            "outputQuantityList": lots[2:],
        }
    if kind == "shared":
        side = draw.choice(("inputQuantityList", "outputQuantityList"))
        return event | {"type": "TransformationEvent", "transformationID": "urn:ex:run:1", side: lots[:2]}
    if kind == "packed":
        action = draw.choice(("ADD", "ADD", "DELETE"))
        children = {"childQuantityList": lots[:1]}
        return event | {"type": "AggregationEvent", "action": action, "parentID": draw.choice(PALLETS), **children}
    return event | {"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "quantityList": lots[:2]}


def taken_back(event: dict[str, Any]) -> dict[str, Any]:
    return event | {
        "errorDeclaration": {
            "declarationTime": "2026-03-20T10:00:00.000+01:00",
            "reason": "did_not_occur",
        }
    }


def capture(draw: random.Random, senders: list[Sender], first: int, count: int) -> None:
    for number in range(first, first + count):
        sender, event = draw.choice(senders), an_event(draw, number)
        assert sender.send_events(event).json()["records"][0]["status"] == "stored"
        if number % 10 == 9:
            assert sender.send_events(taken_back(event)).json()["records"][0]["status"] == "stored"


def answers(database: Database, viewers: list[Viewer], questions: list[TraceQuestion]) -> list[Any]:
    found: list[Any] = []
    with database.unit_of_work() as uow:
        for viewer in viewers:
            for question in questions:
                try:
                    found.append(trace_object(uow, viewer, question))
                except Refusal as refused:
                    found.append([problem.code for problem in refused.problems])
    return found


def test_all_give_one_answer_to_every_viewer(
    instance: Instance, forgetful: Database, plainly: Callable[..., list[Any]], senders: list[Sender]
) -> None:
    draw = random.Random(SEED)
    remembering = instance.platform.database
    with remembering.unit_of_work() as uow:
        members = [uow.members.by_uri(sender.uri) for sender in senders]
    viewers = [OPERATOR, ANYBODY, *(Viewer(member_id=member.id) for member in members if member)]
    plain = [TraceQuestion(object=each) for each in (*LOTS[::2], *PALLETS)]
    for first in (0, 15):
        capture(draw, senders, first, 15)
        early = replace(plain[0], as_of=instance.log_size() - 8)
        cut = [replace(plain[1], max_depth=depth) for depth in (0, 1, 2)]
        narrow = [replace(plain[2], max_nodes=count) for count in (1, 3)]
        oneway = [replace(plain[n % len(plain)], ways=ways) for n, ways in enumerate((Ways.UP, Ways.DOWN) * 4)]
        then = [replace(each, at=datetime(2026, 3, 4, 12, tzinfo=UTC)) for each in (*plain[:2], *oneway[:4])]
        questions = [*plain, early, replace(early, object=LOTS[3]), *cut, *narrow, *oneway, *then]
        if not first:
            questions = questions[::5]  # each is asked three times, and the log grows: most are asked of all of it
        expected = plainly(viewers, questions)
        for database in (remembering, forgetful):
            assert answers(database, viewers, questions) == expected
        state, none = remembering.graph.state(), forgetful.graph.state()
        assert (state.size, state.asked, none.size, none.remembered) == (instance.log_size(), 0, 0, 0)
        assert state.remembered == none.asked // 2 > 0  # the plain search is counted as asked, too


def test_a_grant_that_comes_late_opens_an_old_event(
    instance: Instance, forgetful: Database, senders: list[Sender]
) -> None:
    capture(random.Random(SEED), senders, 0, 15)
    remembering = instance.platform.database
    with remembering.unit_of_work() as uow:
        member = uow.members.by_uri(senders[0].uri)
    assert member is not None
    viewer, questions = Viewer(member_id=member.id), [TraceQuestion(object=each) for each in LOTS]
    before = answers(remembering, [viewer], questions)
    with remembering.unit_of_work() as uow:
        uow._session.execute(text("UPDATE log_head SET grants = grants"))  # the lock under which grants are numbered
        number = uow.log.head().grants
        granted = "SELECT log_index FROM visibility_grant WHERE audience IN (:member, -1, -2)"
        hidden = f"SELECT log_index FROM event WHERE log_index NOT IN ({granted})"
        for index in uow._session.execute(text(hidden), {"member": member.id}).scalars().all():
            number += 1
            row = {"audience": member.id, "index": index, "number": number}
            uow._session.execute(text("INSERT INTO visibility_grant VALUES (:audience, :index, :number, 2)"), row)
        uow._session.execute(text("UPDATE log_head SET grants = :number"), {"number": number})
    after = answers(remembering, [viewer], questions)
    assert after == answers(forgetful, [viewer], questions)
    assert after != before


def streamed(database: Database, viewer: Viewer, question: TraceQuestion, direction: Direction) -> dict[str, Any]:
    """The answer that the lines of a stream give, as far as it is in them."""
    with database.unit_of_work() as uow:
        first, *levels, last = [json.loads(line) for line in stream_trace(uow, viewer, question, direction, int)]
    keys = [key for level in levels for key in level["nodes"]["key"]]
    nodes = {
        key: (kind, "certain" if certain else "doubtful", level["level"])
        for level in levels
        for key, kind, certain in zip(*level["nodes"].values(), strict=True)
    }
    edges = sorted(
        (kind, keys[source], keys[target], event, other or -1, certain, margin)
        for level in levels
        for kind, source, target, event, other, certain, margin in zip(*level["edges"].values(), strict=True)
    )
    assert last["summary"] == {"objects": len(nodes), "steps": len(edges)}
    return {"as_of": first["as_of"], "nodes": nodes, "edges": edges, "cut": last["cut"]}


def as_streamed(answer: dict[str, Any]) -> dict[str, Any]:
    cut = answer["cut"]
    return {
        "as_of": answer["as_of"],
        "nodes": {node["key"]: (node["kind"], node["certainty"], node["depth"]) for node in answer["nodes"]},
        "edges": sorted(
            (
                *(edge[name] for name in ("kind", "from", "to", "event")),
                edge["other_event"] or -1,
                edge["certainty"] == "certain",
                edge["margin_seconds"],
            )
            for edge in answer["edges"]
            if edge["kind"] != "moved"
        ),
        "cut": cut and {name: cut[name] for name in ("reason", "depth", "remaining")},
    }


def test_a_stream_says_what_the_whole_answer_says(
    instance: Instance, forgetful: Database, senders: list[Sender]
) -> None:
    capture(random.Random(SEED), senders, 0, 30)
    remembering = instance.platform.database
    with remembering.unit_of_work() as uow:
        member = uow.members.by_uri(senders[1].uri)
    assert member is not None
    steps = 0
    for viewer in (OPERATOR, Viewer(member_id=member.id)):
        for way in (Direction.UP, Direction.DOWN):
            for wanted in (*LOTS[::2], *PALLETS):
                question = TraceQuestion(object=wanted, ways=Ways(way), max_depth=2)
                (answer,) = answers(remembering, [viewer], [question])
                if "nodes" not in answer:
                    continue
                assert streamed(remembering, viewer, question, way) == as_streamed(answer)
                assert streamed(forgetful, viewer, question, way) == as_streamed(answer)
                steps += len(answer["edges"])
    assert steps > 50


def test_a_stream_is_refused_before_it_begins(instance: Instance, senders: list[Sender]) -> None:
    refused = senders[0].get("/api/v1/trace/stream", object=LOTS[0], direction="up")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    capture(random.Random(SEED), senders[:1], 0, 9)
    lines = senders[0].get("/api/v1/trace/stream", object=LOTS[0], direction="up")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert lines.text.count("\n") == len(lines.text.splitlines()) >= 3


def test_a_graph_that_would_be_too_large_is_given_up_and_answers_stay(
    instance: Instance, forgetful: Database, senders: list[Sender]
) -> None:
    draw = random.Random(SEED)
    capture(draw, senders, 0, 10)
    questions = [TraceQuestion(object=each) for each in LOTS]
    with closing(Database.open(instance.platform.settings.effective_database_url, graph_bytes=100)) as small:
        assert answers(small, [OPERATOR], questions) == answers(forgetful, [OPERATOR], questions)
        assert small.graph.state().size == 0


def test_a_log_that_is_long_after_a_start_is_searched_in_the_database_until_it_is_in_memory(
    instance: Instance, senders: list[Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_memory, "AT_ONCE", 5)
    draw = random.Random(SEED)
    capture(draw, senders, 0, 20)
    questions = [TraceQuestion(object=each) for each in LOTS[:3]]
    with closing(Database.open(instance.platform.settings.effective_database_url)) as started:
        asked = answers(started, [OPERATOR], questions[:1])
        assert (started.graph.state().asked, started.graph.state().remembered) == (1, 0)
        deadline = time.monotonic() + 30
        while started.graph.state().size < instance.log_size():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert answers(started, [OPERATOR], questions)[:1] == asked
        assert (started.graph.state().asked, started.graph.state().remembered) == (1, 3)
        capture(draw, senders, 20, 2)
        answers(started, [OPERATOR], questions[:1])
        assert (started.graph.state().asked, started.graph.state().size) == (1, instance.log_size())


def test_what_is_stored_after_a_question_counts_at_the_next(instance: Instance, senders: list[Sender]) -> None:
    asker, teller = senders[:2]
    draw = random.Random(SEED)
    made = next(event for n in range(100) if "inputQuantityList" in (event := an_event(draw, n)))
    lot = made["inputQuantityList"][0]["epcClass"]
    assert asker.get("/api/v1/trace", object=lot).status_code == 404
    teller.send_events(made)
    assert asker.get("/api/v1/trace", object=lot).json()["edges"]
    teller.send_events(taken_back(made))
    assert asker.get("/api/v1/trace", object=lot).json()["edges"] == []
