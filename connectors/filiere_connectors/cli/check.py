"""`filiere-connect check`: the flows against their files; with --connect, the instance too."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_connectors.checking import check_flow
from filiere_connectors.cli.language import EXIT_REFUSED, say, say_problems
from filiere_connectors.client import Client
from filiere_connectors.profile import note_profile, sealable_of
from filiere_connectors.spooling import load_signer
from filiere_connectors.workspace import Workspace, open_workspace


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--connect", is_flag=True, help="Aussi l'instance, la clé, le jeton / the instance, key and token too.")
@click.pass_obj
def check(folder: Path, *, flows: tuple[str, ...], connect: bool) -> int:
    """Vérifier les flux / check the flows. Rien n'est envoyé."""
    workspace = open_workspace(folder)
    failed = False
    if connect:
        _check_instance(workspace)
    for flow in workspace.flows(flows):
        problems = check_flow(flow, member=workspace.member, sealable=sealable_of(workspace))
        say_problems(problems)
        errors = sum(problem.level == "error" for problem in problems)
        failed |= errors > 0
        if not errors:
            say("flow-holds", flow=flow.name, tests=len(flow.tests))
    return EXIT_REFUSED if failed else 0


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
    say("connect-holds", name=instance.get("name", ""))
