"""`filiere-connect keys`: which keys sign in the member's name, whether all are its own; another one for here."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from filiere_connectors.cli.language import EXIT_REFUSED, language, printable, say, words
from filiere_connectors.client import Client, ServerAway
from filiere_connectors.key_revocation import revoke_own_key
from filiere_connectors.key_rotation import rotate_key
from filiere_connectors.key_watch import KeyReport, accept_key, watch_keys
from filiere_connectors.runner import system_clock
from filiere_connectors.token_uri import TokenUri
from filiere_connectors.workspace import open_workspace
from filiere_schemas.provenance.key_statements import RevocationReason
from filiere_schemas.provenance.keys import Algorithm

EXIT_ALARM = 5  # somebody signs in the member's name, or has changed a key of its own


@click.group()
def keys() -> None:
    """Les clés qui signent au nom de l'entreprise / the keys that sign in the company's name."""


@keys.command("list")
@click.pass_obj
def list_keys(folder: Path) -> None:
    """Lister les clés de l'entreprise au journal / list the company's keys in the log."""
    for life in _look(folder).history.lives.values():
        if life.issuer == open_workspace(folder).member:
            ended = "" if life.ended_at is None else f"-{life.ended_at}"
            click.echo(f"{life.kid}  {life.public.alg:<8}  {life.registered_at}{ended or '-'}")


@keys.command()
@click.option("--once", is_flag=True, help="Une seule fois / only once.")
@click.option("--every", type=click.FloatRange(1), default=300.0, show_default=True, help="Secondes / seconds.")
@click.pass_obj
def watch(folder: Path, *, once: bool, every: float) -> None:
    """Alerter si quelqu'un d'autre signe en votre nom / alarm where somebody else signs in your name.

    Code de sortie 5 à la première alerte / exit status 5 at the first alarm.
    """
    while True:
        try:
            report = _look(folder)
        except ServerAway as away:
            if once:
                raise
            click.echo(printable(away.problems[0].message(language())), err=True)
            time.sleep(every)
            continue
        for problem in report.alarms:
            click.echo(printable(f"{problem.code}: {problem.message(language())}"), err=True)
        if report.alarms:
            sys.exit(EXIT_ALARM)
        say("keys-ours", count=len(report.ours))
        if once:
            return
        time.sleep(every)


@keys.command()
@click.argument("kid")
@click.pass_obj
def accept(folder: Path, kid: str) -> None:
    """Tenir une clé pour la vôtre / take a key for one of yours: another connector's."""
    found = accept_key(open_workspace(folder), _look(folder), kid)
    say("keys-accepted", kid=kid, count=found)
    if not found:
        sys.exit(EXIT_REFUSED)


@keys.command()
@click.option("--alg", type=click.Choice([each.value for each in Algorithm]), help="Celui de la clé / the key's own.")
@click.option("--pkcs11", "uri", help="Sur ce jeton / onto this token: pkcs11:token=...;object=...")
@click.pass_obj
def rotate(folder: Path, alg: str | None, uri: str | None) -> None:
    """Remplacer la clé de ce poste / replace this machine's key; again after a crash."""
    workspace = open_workspace(folder)
    algorithm = None if alg is None else Algorithm(alg)
    onto = None if uri is None else TokenUri.parse(uri)
    with Client(workspace.url) as client:
        public = rotate_key(workspace, client, clock=system_clock, algorithm=algorithm, onto=onto)
    say("key-rotated", kid=public.thumbprint)


@keys.command()
@click.option("--reason", type=click.Choice([each.value for each in RevocationReason]), default="unspecified")
@click.option("--suspect-from", type=click.IntRange(0), help="Entrée du journal depuis laquelle elle est suspecte / "
              "log entry since which it is suspect.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Sans demander / without asking.")
@click.pass_obj
def revoke(folder: Path, reason: str, suspect_from: int | None, *, yes: bool) -> None:
    """Révoquer la clé de ce poste, pour toujours / revoke this machine's key, for ever: stolen, or out of use."""
    workspace = open_workspace(folder)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError(words("revoke-unasked"))
        click.confirm(words("revoke-ask", key=workspace.key), abort=True)
    with Client(workspace.url) as client:
        kid, index = revoke_own_key(
            workspace, client, reason=RevocationReason(reason), suspect_from=suspect_from, clock=system_clock
        )
    say("key-revoked", kid=kid, index=index)


def _look(folder: Path) -> KeyReport:
    workspace = open_workspace(folder)
    with Client(workspace.url, language=language()) as client:
        return watch_keys(workspace, client, workspace.trust())
