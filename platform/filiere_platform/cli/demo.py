"""`filiere demo`: a small chain end to end, over HTTP, in a temporary instance of its own.

Companies enrol their keys, sign what they did, and send it; the cheese lot is traced both ways; every record is
verified from the log's files and the signed bytes alone. Nothing here is special to the demo: it uses the public
surfaces that a connector and an auditor use.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import uvicorn

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.demo_chain import CHEESE, COMPANIES, DOWNSTREAM, UPSTREAM, Company, chain
from filiere_platform.cli.demo_client import Client, Sender, verify_log
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Scope
from filiere_platform.settings import Settings, read_settings
from filiere_platform.usecases.members import add_member, create_api_token, create_enrolment_token

ORIGIN = "demo.filiere.example/log"
START_SECONDS = 20.0


class DemoFailed(click.ClickException):
    """The demo did not show what it promises; the message says what was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the demo found."""

    upstream: list[str]
    downstream: list[str]
    records: int
    verified: int
    findings: list[str]
    seconds: float

    def as_json(self, sector: str) -> dict[str, Any]:
        """The demo's one JSON object."""
        return {
            "sector": sector,
            "object": CHEESE,
            "upstream": self.upstream,
            "downstream": self.downstream,
            "records": self.records,
            "verified": self.verified,
            "findings": self.findings,
            "seconds": round(self.seconds, 3),
        }


@click.command()
@click.option("--sector", type=click.Choice(["food"]), default="food", show_default=True, help="Whose story.")
@click.option("--once", is_flag=True, help="End when the story is told.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def demo(sector: str, once: bool, as_json: bool) -> None:  # noqa: FBT001 - flags of the command line
    """Run a small chain end to end: enrol, sign, capture, trace both ways, verify every record."""
    say = (lambda _: None) if as_json else click.echo
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="filiere-demo-") as folder:
        settings = read_settings(data_dir=Path(folder), log_origin=ORIGIN, sector=sector, publish_every_ms=50)
        with _instance(settings) as (platform, client):
            senders = {company.key: _admit(platform, client, company) for company in COMPANIES}
            say(f"{len(senders)} members admitted, each with a signing key of its own")
            story = _tell(platform, client, senders, started=started)
            if as_json:
                click.echo(json.dumps(story.as_json(sector), ensure_ascii=False))
            else:
                _show(story)
            if not once and not as_json:
                say(f"\nserving on {client.base_url} - Ctrl-C ends it")
                with contextlib.suppress(KeyboardInterrupt):
                    threading.Event().wait()


def _tell(platform: bootstrap.Platform, client: Client, senders: Mapping[str, Sender], *, started: float) -> Story:
    for company, event in chain():
        senders[company.key].send(event)
    auditor = next(iter(senders.values()))
    upstream = auditor.trace(CHEESE, "up")
    downstream = auditor.trace(CHEESE, "down")
    missing = (UPSTREAM - set(upstream)) | (DOWNSTREAM - set(downstream))
    if missing:
        msg = f"the trace misses {', '.join(sorted(missing))}"
        raise DemoFailed(msg)
    stored = len(senders) + sum(sender.sent for sender in senders.values())
    records, verified = verify_log(
        client,
        auditor,
        size=stored,
        origin=ORIGIN,
        log_key=platform.key(Duty.LOG).public,
        registrar_key=platform.key(Duty.REGISTRAR).public,
    )
    if verified != records or records != stored:
        msg = f"{verified} of {records} records verified, {stored} were stored"
        raise DemoFailed(msg)
    return Story(
        upstream=upstream,
        downstream=downstream,
        records=records,
        verified=verified,
        findings=[],
        seconds=time.perf_counter() - started,
    )


def _show(story: Story) -> None:
    click.echo(f"lot        {CHEESE}")
    click.echo("upstream   " + "\n           ".join(story.upstream))
    click.echo("downstream " + "\n           ".join(story.downstream))
    click.echo(f"verified   {story.verified} of {story.records} records: signature, key, place in the log, checkpoint")
    click.echo(f"           in {story.seconds:.1f} s")


def _admit(platform: bootstrap.Platform, client: Client, company: Company) -> Sender:
    with platform.database.unit_of_work() as uow:
        add_member(uow, uri=company.uri, name=company.name, sharing=SharingMode.SECTOR)
        token = create_api_token(uow, uri=company.uri, scopes=frozenset(Scope))
        enrolment = create_enrolment_token(uow, uri=company.uri, now=platform.clock())
    return Sender.enrol(client, uri=company.uri, token=token, enrolment=enrolment, origin=ORIGIN)


@contextlib.contextmanager
def _instance(settings: Settings) -> Iterator[tuple[bootstrap.Platform, Client]]:
    """Found an instance and serve it on a free port of loopback."""
    bootstrap.found(settings, name="Demo", now=bootstrap.system_clock())
    with bootstrap.open_platform(settings) as platform:
        config = uvicorn.Config(
            platform.application(with_workers=True), host="127.0.0.1", port=0, log_config=None, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="demo-server", daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                msg = "the server did not start"
                raise DemoFailed(msg)
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield platform, Client(f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
