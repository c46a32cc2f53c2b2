"""`filiere`: the command line of a sector body and its operators."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from filiere_platform.cli.errors import EXIT_FAILED, explain

# Name -> where the command is, and its line in `filiere --help`; loading all of them would make help slow.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("filiere_platform.cli.instance:init", "Found an instance: schema, keys, origin of the log"),
    "migrate": ("filiere_platform.cli.instance:migrate", "Bring the database to the schema of this release"),
    "member": ("filiere_platform.cli.member:member", "Admit members, list them, suspend them"),
    "application": ("filiere_platform.cli.application:application", "List, approve and decline applications"),
    "charter": ("filiere_platform.cli.application:charter", "Publish the charter that members accept"),
    "sector": (
        "filiere_platform.cli.sector:sector",
        "Sector profiles: list, check, begin, compare, try on the past",
    ),
    "person": ("filiere_platform.cli.person:person", "Accounts of people: invite, roles, suspend, one-time links"),
    "supplier": ("filiere_platform.cli.supplier:supplier", "A member's register of partners: list, import, export"),
    "token": ("filiere_platform.cli.token:token", "Give members tokens, list them, take them back"),
    "key": ("filiere_platform.cli.key:key", "List the keys of members"),
    "log-key": ("filiere_platform.cli.log_key:log_key", "Show the log's key, let another one follow it"),
    "serve": ("filiere_platform.cli.serve:serve", "Serve the API; embedded: with every worker inside"),
    "worker": ("filiere_platform.cli.serve:worker", "Run the publisher and the relay of a production instance"),
    "bus": ("filiere_platform.cli.bus:bus", "Declare or check exchanges, queues and users on the broker"),
    "deliveries": ("filiere_platform.cli.deliveries:deliveries", "Hand a member its stream over again"),
    "events": ("filiere_platform.cli.events:events", "Show events live as they reach the bus"),
    "trace": ("filiere_platform.cli.trace:trace", "Trace an object upstream and downstream"),
    "ancestors": ("filiere_platform.cli.trace_set:ancestors", "Rank what several suspects have in common upstream"),
    "investigate": ("filiere_platform.cli.investigation:investigate", "Score what some incidents may come from"),
    "difference": ("filiere_platform.cli.trace_set:difference", "Say what changed in a trace, and by which events"),
    "presence": ("filiere_platform.cli.trace_set:presence", "Say whether a member is anywhere in an object's chain"),
    "case": ("filiere_platform.cli.case:case", "List notices, certificates and orders, show one with its steps"),
    "recall": ("filiere_platform.cli.recall:recall", "List recalls, show one with its answers"),
    "state": ("filiere_platform.cli.state:state", "Say where objects are, at whom, in what, blocked or recalled"),
    "account": (
        "filiere_platform.cli.account:account",
        "Show what a counter of the sector keeps of a lot or a certificate",
    ),
    "balance": ("filiere_platform.cli.balance:balance", "Say whether what came in is what went out and what is there"),
    "dilution": ("filiere_platform.cli.balance:dilution", "Say what part of each later lot comes from a suspect one"),
    "report": ("filiere_platform.cli.report:report", "Write a report of the sector's profile: JSON, CSV, a workbook"),
    "bundle": ("filiere_platform.cli.bundle:bundle", "Write what proves an object's history into one file"),
    "export": (
        "filiere_platform.cli.export:export",
        "Write a COSE receipt or a W3C credential, for programs of others",
    ),
    "trust": ("filiere_platform.cli.bundle:trust", "Write the public keys that a verifier needs"),
    "erase": ("filiere_platform.cli.erase:erase", "Erase what a record says, with a signed entry that says why"),
    "audit": ("filiere_platform.cli.audit:audit", "List what was done to the instance and its members"),
    "finding": ("filiere_platform.cli.finding:finding", "List what the rules found"),
    "graph": ("filiere_platform.cli.graph:graph", "Derive the graph of objects and events again"),
    "grants": ("filiere_platform.cli.grants:grants", "Derive again who may see what"),
    "mandate": ("filiere_platform.cli.mandate:mandate", "Give auditors and authorities a right to look, revoke it"),
    "chains": ("filiere_platform.cli.chains:chains", "Derive the chains of members' keys again"),
    "fsck": ("filiere_platform.cli.log:fsck", "Re-derive the log from its records and say what differs"),
    "health": ("filiere_platform.cli.health:health", "Say whether the publisher and the relay keep up"),
    "doctor": ("filiere_platform.cli.doctor:doctor", "Say what could lose acknowledged records, and what to do"),
    "backup": ("filiere_platform.cli.backup:backup", "Write the whole instance into one file, while it runs"),
    "restore": ("filiere_platform.cli.restore:restore", "Make an instance, or a scratch copy, of a backup"),
    "recover": ("filiere_platform.cli.recover:recover", "Give a restored database back what it has lost of the log"),
    "demo": ("filiere_platform.cli.demo.command:demo", "Run a dairy chain end to end in a temporary instance"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of a day's work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        with _nothing_collected():
            command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the garbage collector from looking over and over at modules that stay: an eighth of a command's start."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@click.group(cls=LazyGroup)
@click.version_option(package_name="filiere-platform")
def filiere() -> None:
    """Filière: the shared traceability platform of an industrial sector.

    Settings come from the environment (FILIERE_DATA_DIR, FILIERE_DATABASE_URL, ...); docs/operations.md lists them.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a refusal is explained in a sentence, not in a trace."""
    try:
        # Outside its standalone mode click catches Exit and returns the code: not passed on, a failure would end as 0.
        code = filiere.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(EXIT_FAILED)
