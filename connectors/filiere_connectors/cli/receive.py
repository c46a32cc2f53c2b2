"""`filiere-connect receive`: what the company is entitled to, each event handed over and known by its id."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from filiere_connectors import receiving_sentences as sentences
from filiere_connectors.broker_receiving import BrokerRoad
from filiere_connectors.cli.language import (
    EXIT_QUARANTINE,
    EXIT_REFUSED,
    EXIT_WAITING,
    language,
    printable,
    say_problems,
    words,
)
from filiere_connectors.client import Client
from filiere_connectors.handlers import to_command, to_folder, to_function, to_lines
from filiere_connectors.http_receiving import HttpRoad
from filiere_connectors.inbox import Inbox, open_inbox
from filiere_connectors.receiving import Handler, Road, Wishes, hand_over_again, receive
from filiere_connectors.workspace import Workspace, lacking, open_workspace, sole_runner
from filiere_schemas.problems import Refusal

ROADS = ("broker", "https")


@click.command("receive")
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path), help="Un dossier / a folder.")
@click.option("--exec", "command", help="Un programme pour chaque événement / a program for each event.")
@click.option("--call", "function", help="MODULE:FONCTION / MODULE:FUNCTION.")
@click.option("--over", type=click.Choice(ROADS), help="[broker, s'il est réglé / where it is set]")
@click.option("--once", is_flag=True, help="Finir quand rien n'attend / end when nothing waits.")
@click.option("--patience", type=click.FloatRange(0), default=60.0, show_default=True, help="Secondes / seconds.")
@click.option("--rejected", is_flag=True, help="Lister les rejetés / list what was rejected.")
@click.option("--again", is_flag=True, help="Présenter de nouveau les rejetés / offer the rejected again.")
@click.option("--discard", "number", type=int, help="Écarter ce numéro / discard this number.")
@click.option("--reason", help="Pourquoi / why (--discard).")
@click.pass_obj
def receive_events(
    folder: Path,
    *,
    target: Path | None,
    command: str | None,
    function: str | None,
    over: str | None,
    once: bool,
    patience: float,
    rejected: bool,
    again: bool,
    number: int | None,
    reason: str | None,
) -> int:
    """Recevoir ce qui revient à l'entreprise / receive what the company is entitled to.

    Sans --to, --exec ni --call : un objet JSON par ligne. Codes de sortie : 0 ; 3 des événements sont rejetés ;
    4 il en reste.
    """
    workspace = open_workspace(folder)
    with open_inbox(workspace.inbox_path) as inbox:
        if number is not None:
            return _discard(inbox, number, reason)
        if rejected:
            return _list(inbox)
        handler = _handler(target, command, function)
        with sole_runner(workspace, name="inbox.lock", busy=sentences.ALREADY_RECEIVING):
            if again:
                report = hand_over_again(inbox, handler)
            else:
                wishes = Wishes(once=once, patience=patience, stop=_stop_on_signal(), waiting=_waiting)
                with _road(workspace, over) as road:
                    report = receive(road, inbox, handler, wishes=wishes)
        is_left = bool(inbox.rejected())
    _tell("received", handled=report.handled, known=report.known, rejected=report.rejected)
    if report.stopped_by is not None:
        say_problems(report.stopped_by.problems)
        return EXIT_WAITING
    return EXIT_QUARANTINE if is_left else 0


def _handler(target: Path | None, command: str | None, function: str | None) -> Handler:
    if sum(each is not None for each in (target, command, function)) > 1:
        raise click.UsageError("--to | --exec | --call")
    if target is not None:
        return to_folder(target)
    if command is not None:
        return to_command(shlex.split(command))
    return to_lines(sys.stdout) if function is None else to_function(function)


@contextlib.contextmanager
def _road(workspace: Workspace, over: str | None) -> Iterator[Road]:
    address = None if over == "https" else workspace.broker_address()
    if address is not None:
        road = BrokerRoad(address)
        try:
            yield road
        finally:
            road.close()
    elif over == "broker":
        raise lacking(sentences.NO_BROKER)
    else:
        with Client(workspace.url, token=workspace.read_token(), language=language()) as client:
            yield HttpRoad(client)


def _stop_on_signal() -> Callable[[], bool]:
    """End between two events when the system or a person asks for it."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    return asked.is_set


def _list(inbox: Inbox) -> int:
    found = inbox.rejected()
    for each in found:
        since = datetime.fromtimestamp(each.since / 1_000_000, UTC).isoformat(timespec="seconds")
        line = {"number": each.number, "since": since, "reason": each.reason, "event": each.event}
        click.echo(json.dumps(line, ensure_ascii=False))
    return EXIT_QUARANTINE if found else 0


def _discard(inbox: Inbox, number: int, reason: str | None) -> int:
    if not reason:
        raise click.UsageError("--discard N --reason ...")
    found = inbox.discard(number, reason)
    _tell("discarded" if found else "no-number", number=number)
    return 0 if found else EXIT_REFUSED


def _waiting(why: Refusal, seconds: float) -> None:
    _tell("retry", seconds=seconds, why=why.problems[0].message(language()))


def _tell(name: str, /, **values: object) -> None:
    """Say something beside the events, which have the output to themselves."""
    click.echo(printable(words(name, **values)), err=True)
