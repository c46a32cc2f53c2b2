"""`filiere-connect disclose`: hand over sealed fields that stayed with the company."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_connectors.cli.language import EXIT_REFUSED, EXIT_WAITING, printable, say, say_problems
from filiere_connectors.client import Client
from filiere_connectors.disclosing import Choice, chosen
from filiere_connectors.disclosing import disclose as hand_over
from filiere_connectors.runner import system_clock
from filiere_connectors.spool import open_spool
from filiere_connectors.workspace import open_workspace, sole_runner


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--event", "event_id", help="Les champs de cet événement / fields of this event (eventID).")
@click.option("--index", type=click.IntRange(0), help="Les champs de cet enregistrement / fields of this record.")
@click.option("--field", help="Les seuls champs à ce pointeur / only fields at this pointer: /quantityList/*/quantity.")
@click.option("--all", "everything", is_flag=True, help="Tout ce qui est gardé / all that is kept.")
@click.pass_obj
def disclose(
    folder: Path,
    *,
    flows: tuple[str, ...],
    event_id: str | None,
    index: int | None,
    field: str | None,
    everything: bool,
) -> int:
    """Divulguer des champs scellés / disclose sealed fields. Sans choix : les lister, rien n'est envoyé.

    Ce qui est divulgué ne se reprend pas / what is disclosed cannot be taken back.
    """
    workspace = open_workspace(folder)
    choice = Choice(flows=flows, event_id=event_id, index=index, field=field)
    if not workspace.spool_path.exists():
        say("no-spool")
        return 0
    with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
        found = chosen(spool, choice)
        if not everything and choice == Choice():
            for each in found:
                place = "-" if each.log_index is None else each.log_index
                click.echo(printable(f"{place:>8}  {each.flow}  {each.event_id}  {each.pointer}"))
            say("kept", count=len(found))
            return 0
        with Client(workspace.url, token=workspace.read_token()) as client:
            handed = hand_over(spool, client, found, clock=system_clock)
    for refused in handed.refused:
        say_problems(refused.problems)
    say("disclosed", given=handed.given, waiting=handed.waiting)
    if handed.refused:
        return EXIT_REFUSED
    return EXIT_WAITING if handed.waiting else 0
