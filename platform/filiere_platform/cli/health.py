"""`filiere health`: whether the publisher and the relay keep up, for an operator and for a container's health check."""

from __future__ import annotations

import dataclasses
import json
import sys

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.settings import read_settings
from filiere_platform.usecases.log_state import LogState, read_log_state

LAG_SECONDS = 60.0  # the default: far above a busy minute, far below what a member would notice as silence
EXIT_LAGS = 1


@click.command()
@click.option(
    "--max-lag", default=LAG_SECONDS, show_default=True, type=click.FloatRange(min=0), help="Seconds that may wait."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def health(max_lag: float, as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Say how far publication and the bus lag behind what is stored; exit 1 where a record waits too long."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        state = read_log_state(uow, platform.files, now=platform.clock())
        waits = json.loads(platform.files.read_refusal() or b"null")  # why the publisher does not publish
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(state), "publication_waits": waits}, ensure_ascii=False))
    else:
        click.echo(_sentence(state))
        if waits is not None:
            click.echo(f"{waits['code']}: {waits[language()]}", err=True)
    if lags(state, max_lag):
        sys.exit(EXIT_LAGS)


def lags(state: LogState, max_lag: float) -> bool:
    """Say whether a stored record has waited for its checkpoint, or a grant for the bus, longer than `max_lag` s."""
    return max(state.unpublished_seconds, state.unrelayed_seconds) > max_lag


def _sentence(state: LogState) -> str:
    return (
        f"published  {state.published} of {state.stored} records, oldest waits {state.unpublished_seconds:.1f} s\n"
        f"relayed    {state.relayed} of {state.grants} grants, oldest waits {state.unrelayed_seconds:.1f} s"
    )
