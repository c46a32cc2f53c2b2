"""`filiere events tail`: events as they become visible to somebody, live, on either bus."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import click
import orjson

from filiere_platform import bootstrap
from filiere_platform.bootstrap import Platform
from filiere_platform.bus.tap import BrokerTap
from filiere_platform.cli.errors import language
from filiere_platform.domain.deliveries import CloudEvent
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.render.event_line import event_line
from filiere_platform.settings import read_settings
from filiere_platform.usecases.tail import EVENT_KINDS, Seen, read_copy, read_ends, read_granted, read_history

LAST = 10  # log entries looked back over when no beginning is named
PAUSE_SECONDS = 0.2


@click.group()
def events() -> None:
    """Events as they pass."""


@events.command()
@click.option(
    "--from", "start", type=click.IntRange(0), help=f"Log index to begin at. Default: the last {LAST} entries."
)
@click.option("--follow/--no-follow", default=True, show_default=True, help="Go on with what comes.")
@click.option("--json", "as_json", is_flag=True, help="One CloudEvent a line, as its recipients get it.")
def tail(start: int | None, follow: bool, as_json: bool) -> None:  # noqa: FBT001 - flags of the command line
    """Show events as they become visible to somebody; end with Ctrl-C.

    With a broker set, what comes is read from the broker; else from the database, in the order of grants.
    """
    with bootstrap.open_platform(read_settings()) as platform:
        try:
            for event in _shown(platform, start=start, follow=follow):
                click.echo(orjson.dumps(event) if as_json else event_line(event))
        except BusUnavailable as error:
            raise click.ClickException(_unreachable(str(error))) from None


def _shown(platform: Platform, *, start: int | None, follow: bool) -> Iterator[CloudEvent]:
    seen = Seen()
    # What is followed is opened before the history is read, so that nothing falls between the two.
    with contextlib.ExitStack() as opened:
        broker_url = platform.settings.broker_url
        kinds = [kind.value for kind in EVENT_KINDS]
        tap = (
            opened.enter_context(BrokerTap(broker_url, topology=platform.topology, kinds=kinds))
            if follow and broker_url
            else None
        )
        with platform.database.unit_of_work() as uow:
            ends = read_ends(uow)
        for page in _history(platform, start=start, stop=ends.size):
            yield from seen.only_new(page)
        if tap is not None:
            for copy in tap.copies(idle_seconds=PAUSE_SECONDS):
                yield from seen.only_new(read_copy(copy) if copy else [])
        elif follow:
            for page in _granted(platform, after=ends.grants):
                yield from seen.only_new(page)


def _history(platform: Platform, *, start: int | None, stop: int) -> Iterator[list[CloudEvent]]:
    position = max(0, stop - LAST) if start is None else start
    while position < stop:
        with platform.database.unit_of_work() as uow:
            page, position = read_history(uow, start=position, stop=stop, origin=platform.instance.origin)
        yield page


def _granted(platform: Platform, *, after: int) -> Iterator[list[CloudEvent]]:
    while True:
        with platform.database.unit_of_work() as uow:
            page, after = read_granted(uow, after=after, origin=platform.instance.origin)
        yield page
        if not page:
            time.sleep(PAUSE_SECONDS)


def _unreachable(reason: str) -> str:
    return {
        "fr": f"courtier de messages injoignable : vérifiez FILIERE_BROKER_URL et que le service répond ({reason})",
        "en": f"message broker unreachable: check FILIERE_BROKER_URL and that the service answers ({reason})",
    }[language()]
