"""`filiere demo`: two weeks of a dairy chain end to end, over HTTP, in an instance of its own.

Eleven companies run the connector over their own files; the suspect lot is traced both ways; every record is verified
from the log's files and the signed bytes alone; the lot is proved in one file. Nothing here is special to the demo: it
uses the public surfaces that a company and an auditor use.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import uvicorn

from filiere_platform import bootstrap
from filiere_platform.cli.demo.auditor import Client
from filiere_platform.cli.demo.story import SUSPECT, DemoFailed, Story, tell
from filiere_platform.cli.demo.words import words
from filiere_platform.cli.errors import language
from filiere_platform.settings import Settings, read_settings

ORIGIN = "demo.filiere.example/log"
START_SECONDS = 20.0
SHOWN = 8  # objects of each direction that people are shown by name


@click.command()
@click.option("--sector", type=click.Choice(["food"]), default="food", show_default=True, help="Whose story.")
@click.option("--once", is_flag=True, help="End when the story is told, even at a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the instance, the companies' folders and the proofs in this folder.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Serve here. Default: a free port.")
def demo(*, sector: str, once: bool, as_json: bool, keep: Path | None, port: int) -> None:
    """Run a dairy chain end to end: connect, sign, capture, trace both ways, verify every record.

    With FILIERE_DATABASE_URL and FILIERE_BROKER_URL, on PostgreSQL and RabbitMQ: an empty database.
    """
    say = (lambda _: None) if as_json else click.echo
    with _folder(keep) as folder:
        settings = read_settings(data_dir=folder / "instance", log_origin=ORIGIN, sector=sector, publish_every_ms=50)
        with _instance(settings, port) as (platform, client):
            try:
                story = tell(platform, client, folder, say=say)
            except DemoFailed as failed:
                raise click.ClickException(str(failed)) from failed
            if as_json:
                click.echo(json.dumps(story.as_json(sector), ensure_ascii=False))
                return
            _show(story)
            if keep is not None:
                _line("", words("kept", folder=folder))
            if once or not sys.stdout.isatty():
                return
            click.echo(words("sign-in", token=story.token))
            click.echo(words("serving"))
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()


def _show(story: Story) -> None:
    click.echo()
    _line(words("lot"), SUSPECT)
    for label, found in (("upstream", story.upstream), ("downstream", story.downstream)):
        _line(words(label), words("objects", count=len(found)))
        for key in found[:SHOWN]:
            _line("", key)
        if len(found) > SHOWN:
            _line("", words("more", count=len(found) - SHOWN))
    codes = Counter(finding["code"] for finding in story.findings)
    _line(words("findings"), ", ".join(f"{code} ({count})" for code, count in sorted(codes.items())))
    for finding in story.findings:
        if finding["level"] == "warning":
            _line("", finding["message"][language()])
    _line(words("verified"), words("records", verified=story.verified, records=story.records))
    for label, text in zip([words("bundle"), *[""] * 9], story.proof.said.splitlines(), strict=False):
        _line(label, text)
    _line("", words("altered", status=story.proof.altered))
    _line("", words("stranger", status=story.proof.wrong_trust))
    _line(words("page"), story.page)
    _line("", words("seconds", seconds=story.seconds))


def _line(label: str, text: str) -> None:
    click.echo(f"{label:<11}{text}")


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="filiere-demo-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise click.BadParameter("the folder is not empty", param_hint="--keep")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


@contextlib.contextmanager
def _instance(settings: Settings, port: int) -> Iterator[tuple[bootstrap.Platform, Client]]:
    """Found an instance and serve it on loopback."""
    bootstrap.found(settings, name="Demo", now=bootstrap.system_clock())
    with bootstrap.open_platform(settings) as platform:
        _require_empty(platform)
        config = uvicorn.Config(
            platform.application(with_workers=True), host="127.0.0.1", port=port, log_config=None, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="demo-server", daemon=True)
        thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise click.ClickException("the server did not start; is the port taken?")
            time.sleep(0.02)
        served = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield platform, Client(f"http://127.0.0.1:{served}")
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def _require_empty(platform: bootstrap.Platform) -> None:
    """Refuse to tell the story into somebody's data."""
    with platform.database.unit_of_work() as uow:
        size = uow.log.head().size
    if size:
        msg = f"the database of FILIERE_DATABASE_URL holds {size} records; the demo needs an empty one"
        raise click.ClickException(msg)
