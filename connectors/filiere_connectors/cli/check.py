"""`filiere-connect check`: the flows against their files; with --connect, the instance too."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_connectors.checking import check_flow, check_workbook
from filiere_connectors.cli.language import EXIT_REFUSED, printable, say, say_problems
from filiere_connectors.cli.preview import told
from filiere_connectors.client import Client
from filiere_connectors.profile import note_profile, sealable_of
from filiere_connectors.sources.csv_file import SourceRefused
from filiere_connectors.spooling import load_signer
from filiere_connectors.templates.workbook_file import WorkbookFile
from filiere_connectors.workspace import Workspace, open_workspace


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--connect", is_flag=True, help="Aussi l'instance, la clé, le jeton / the instance, key and token too.")
@click.pass_obj
def check(folder: Path, *, flows: tuple[str, ...], connect: bool) -> int:
    """Vérifier les flux et les classeurs remplis / check flows and filled-in workbooks. Rien n'est envoyé."""
    workspace = open_workspace(folder)
    failed = False
    if connect:
        _check_instance(workspace)
    for flow in workspace.sources(flows):
        if isinstance(flow, WorkbookFile):
            failed |= _check_workbook(workspace, flow)
            continue
        problems = check_flow(flow, member=workspace.member, sealable=sealable_of(workspace))
        say_problems(problems)
        errors = sum(problem.level == "error" for problem in problems)
        failed |= errors > 0
        if not errors:
            say("flow-holds", flow=flow.name, tests=len(flow.tests))
    return EXIT_REFUSED if failed else 0


def _check_workbook(workspace: Workspace, file: WorkbookFile) -> bool:
    """Say what is wrong with the rows of a filled-in workbook; gives whether anything is."""
    try:
        checked = check_workbook(file, member=workspace.member)
    except SourceRefused as refused:
        say_problems(refused.problems)
        return True
    for problem in (*checked.problems, *checked.notes):
        click.echo(printable(told(problem)), err=True)
    say("workbook-checked", file=file.name, events=checked.events, problems=len(checked.problems))
    return bool(checked.problems)


def _check_instance(workspace: Workspace) -> None:
    """Ask the instance who it is, whether it knows the key, and whether it accepts the token.

    Raises:
        WorkspaceProblem: not enrolled, or a secret is absent.
        ServerAway: the instance does not answer.
        ServerRefused: it does not accept the token, or does not know the key.
    """
    signer = load_signer(workspace)
    with Client(workspace.url, token=workspace.read_token()) as client:
        instance = client.instance()
        note_profile(workspace, instance)
        client.require_accepted()
        kid = signer.key.public.thumbprint
        if workspace.member not in client.issuers_of(kid):
            raise client.odd(f"kid {kid}: {workspace.member}")
    address = workspace.broker_address()
    if address is not None:
        from filiere_connectors.broker import open_broker

        open_broker(address, name="filiere-connect check").close()
    say("connect-holds", name=instance.get("name", ""))
