"""`filiere graph`: what queries and traces know of the events."""

from __future__ import annotations

import sys
import time

import click

from filiere_platform import bootstrap
from filiere_platform.cli.collecting import collect_rarely
from filiere_platform.settings import read_settings
from filiere_platform.usecases.graph_rebuild import rebuild_graph

EXIT_UNREADABLE = 1


@click.group()
def graph() -> None:
    """The graph of objects and events."""


@graph.command()
def rebuild() -> None:
    """Derive event rows, ends and nodes again from the records; the instance may run meanwhile."""
    begun = time.monotonic()

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done:,} of {total:,} records", nl=done == total, err=True)

    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database:
        collect_rarely()
        rebuilt = rebuild_graph(database, progress=show)
    seconds = max(time.monotonic() - begun, 1e-9)
    click.echo(
        f"derived {rebuilt.events:,} events ({rebuilt.events / seconds:,.0f}/s), replaced {len(rebuilt.replaced):,}"
    )
    for index in rebuilt.unreadable:
        click.echo(f"cannot be read: record {index}", err=True)
    if rebuilt.unreadable:
        sys.exit(EXIT_UNREADABLE)
