"""What rules found: follow the log as the worker does, and ask what somebody is told."""

from __future__ import annotations

import hashlib
import itertools
from contextlib import suppress
from typing import Any, Final

import httpx

from builders.events import an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.finding_round import RoundMoved

_NUMBERS: Final = itertools.count(1)


def follow_findings(instance: Instance) -> None:
    """Do what the worker does until all is followed; the one that runs beside may do a part of it."""
    follower = instance.platform.finding_follower()
    while True:
        with suppress(RoundMoved, RowsRefused):
            if follower.follow():
                return


def told(sender: Sender, state: str = "open", limit: int = 100) -> list[dict[str, Any]]:
    """Ask for the findings that a member is told."""
    found: list[dict[str, Any]] = sender.get("/api/v1/findings", state=state, limit=limit).json()["findings"]
    return found


def found_of(instance: Instance, sender: Sender) -> int:
    """Let a member send an event under the hash of another; gives the number of what is found."""
    other = hashlib.sha256(f"{sender.uri} {next(_NUMBERS)}".encode()).hexdigest()
    event_id = f"ni:///sha-256;{other}?ver=CBV2.0"
    assert sender.send_events(an_object_event(eventID=event_id)).json()["records"][0]["status"] == "stored"
    while True:
        follow_findings(instance)
        for found in told(sender):
            if found["subject"] == event_id:
                number: int = found["id"]
                return number


def do(sender: Sender, number: int, what: str, **said: Any) -> httpx.Response:
    """Let a member do something to a finding: `explanation`, `close`, `reopen`."""
    return sender.client.post(f"/api/v1/findings/{number}/{what}", json=said, headers=sender.headers)


def explain(sender: Sender, number: int, text: str = "La réception suit.", **said: Any) -> httpx.Response:
    """Let a member explain a finding."""
    return do(sender, number, "explanation", **{"reason": "data-late", "text": text, **said})
