"""A suspension takes effect everywhere at once, also in what is open already."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from builders.events import a_transformation_event
from builders.instance import Instance, Sender
from filiere_platform.api import trace
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import set_status

LOTS = [f"urn:filiere:lot:siret:73282932000074:CHAIN:{number}" for number in range(5)]
STREAM = "/api/v1/trace/stream"


def a_chain(sender: Sender) -> None:
    """Each lot becomes the next one: as many levels as there are lots."""
    for number, (one, other) in enumerate(itertools.pairwise(LOTS)):
        event = a_transformation_event(
            eventID=f"urn:uuid:00000000-0000-4000-a200-{number:012d}",
            inputQuantityList=[{"epcClass": one, "quantity": 1}],
            outputQuantityList=[{"epcClass": other, "quantity": 1}],
        )
        assert sender.send_events(event).status_code == 200


def suspend(instance: Instance, sender: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=sender.uri, status=MemberStatus.SUSPENDED)


def take_back(instance: Instance, sender: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        uow.tokens.revoke(sender.token.split("_")[1])


@pytest.mark.parametrize("end", [suspend, take_back])
def test_an_open_stream_breaks_off_before_its_next_part(
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Instance, Sender], None],
) -> None:
    sender = instance.admit("dairy")
    a_chain(sender)
    asked = {"object": LOTS[0], "direction": "down"}
    whole = sender.get(STREAM, **asked)
    assert whole.status_code == 200
    written = trace._streamed

    def interrupted(*arguments: Any) -> Iterator[bytes]:
        with closing(written(*arguments)) as parts:
            yield next(parts)
            yield next(parts)
            end(instance, sender)
            yield from parts

    monkeypatch.setattr(trace, "_streamed", interrupted)
    torn = sender.get(STREAM, **asked)
    assert whole.content.startswith(torn.content)
    assert 0 < len(torn.content) < len(whole.content)
    assert sender.get(STREAM, **asked).status_code in {401, 403}
