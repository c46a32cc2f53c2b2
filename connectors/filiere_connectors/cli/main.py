"""`filiere-connect`: what a manufacturer runs. Commands are imported when they are asked for, so that help is quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from filiere_connectors.cli.language import EXIT_REFUSED, language, printable

# Name -> where the command is, and its line in the help in both languages.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": (
        "filiere_connectors.cli.init:init",
        "Créer l'espace de travail, ou proposer un flux pour un fichier (--from)",
        "Make the workspace, or propose a flow for a file (--from)",
    ),
    "keygen": ("filiere_connectors.cli.enrol:keygen", "Créer la clé de signature", "Make the signing key"),
    "enroll": (
        "filiere_connectors.cli.enrol:enroll",
        "Inscrire la clé auprès de l'instance",
        "Register the key with the instance",
    ),
    "keys": (
        "filiere_connectors.cli.keys:keys",
        "Les clés de l'entreprise : list, watch, accept, rotate, revoke",
        "The company's keys: list, watch, accept, rotate, revoke",
    ),
    "template": (
        "filiere_connectors.cli.template:template",
        "Créer un classeur à remplir, lu sans flux",
        "Make a workbook to fill in, read without a flow",
    ),
    "check": (
        "filiere_connectors.cli.check:check",
        "Vérifier les flux, et l'instance avec --connect",
        "Check the flows, and the instance with --connect",
    ),
    "preview": (
        "filiere_connectors.cli.preview:preview",
        "Montrer les lignes et leurs événements ; rien n'est envoyé",
        "Show rows and their events; nothing is sent",
    ),
    "run": ("filiere_connectors.cli.run:run", "Lire, signer et envoyer", "Read, sign and send"),
    "status": ("filiere_connectors.cli.status:status", "Dire où en est l'envoi", "Say how sending goes"),
    "discard": (
        "filiere_connectors.cli.status:discard",
        "Lister ce qui attend l'envoi, en écarter un",
        "List what waits to be sent, discard one",
    ),
    "quarantine": (
        "filiere_connectors.cli.status:quarantine",
        "Lister les lignes refusées, en écarter une",
        "List the refused rows, discard one",
    ),
    "disclose": (
        "filiere_connectors.cli.disclose:disclose",
        "Lister ou divulguer les champs scellés gardés ici",
        "List or disclose the sealed fields that are kept here",
    ),
    "receive": (
        "filiere_connectors.cli.receive:receive_events",
        "Recevoir ce qui revient à l'entreprise",
        "Receive what the company is entitled to",
    ),
    "event-hash": (
        "filiere_connectors.cli.event_hash:hashes",
        "Calculer l'empreinte CBV des événements d'un document",
        "Work out the CBV event hash of a document's events",
    ),
    "replay": (
        "filiere_connectors.cli.run:replay",
        "Reprendre les lignes en quarantaine après correction",
        "Take up the rows in quarantine after a correction",
    ),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of a newcomer's hour."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        at = 1 if language() == "fr" else 2
        with formatter.section("Commandes" if at == 1 else "Commands"):
            formatter.write_dl([(name, texts[at]) for name, texts in COMMANDS.items()])


@click.group(cls=LazyGroup)
@click.option(
    "--workspace",
    "-w",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    envvar="FILIERE_WORKSPACE",
    help="L'espace de travail / the workspace folder.  [.]",
)
@click.version_option(package_name="filiere-connectors")
@click.pass_context
def connect(ctx: click.Context, workspace: Path) -> None:
    """Filière, côté entreprise : vos fichiers deviennent des événements signés.

    Filière at a company's side: your files become signed events.
    """
    ctx.obj = workspace


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a refusal is explained in a sentence, not in a trace."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may know neither accents nor arrows; a report must not fail for it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        result = connect.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except click.exceptions.Exit as finished:
        sys.exit(finished.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        # Imported once something has gone wrong: help should not wait for it.
        from filiere_schemas.problems import Refusal

        if not isinstance(error, Refusal):
            raise
        for problem in error.problems:
            click.echo(printable(f"{problem.code}: {problem.message(language())}"), err=True)
        sys.exit(EXIT_REFUSED)
