"""`filiere supplier`: the register of a member, at its request: a company's first list comes as a spreadsheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.errors import language
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.supplier import Step
from filiere_platform.domain.supplier_table import write_table
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import member_by_uri
from filiere_platform.usecases.supplier_view import day_of, read_then
from filiere_platform.usecases.suppliers import (
    Keeping,
    compare_with_register,
    import_partners,
    read_partners,
)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
MARKS = {Step.ADDED: "+", Step.CHANGED: "~", None: "="}


@click.group()
def supplier() -> None:
    """A member's register of partners."""


@supplier.command("list")
@click.argument("member")
@click.option("--as-of", help="As it stood at the end of a day, or at an instant with its zone.")
def list_partners(member: str, as_of: str | None) -> None:
    """List the partners of MEMBER (its URI): code, relations, name, certificates and what each is worth."""
    now = bootstrap.system_clock()
    then = read_then(as_of)
    day: date = day_of(now if then is None else then)
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        partners = uow.suppliers.of(member_by_uri(uow, member).id).partners(as_of=then)
    for kept in partners:
        partner = kept.partner
        worth = ", ".join(f"{each.scheme} {each.number}: {each.state_at(day)}" for each in partner.certificates)
        click.echo(f"{partner.code:<12}  {','.join(partner.relations):<20}  {partner.name}  {worth}".rstrip())


@supplier.command("import")
@click.argument("member")
@click.argument("table", type=FILE)
@click.option("--preview", is_flag=True, help="Say what it would do; change nothing.")
def import_table(member: str, table: Path, preview: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Read TABLE (CSV) into the register of MEMBER, all of it or nothing; + added, ~ changed, = as before."""
    content = table.read_bytes()
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        member_id = member_by_uri(uow, member).id
        partners = read_partners(uow, member_id, content)
        if preview:
            differences = compare_with_register(uow, member_id, partners)
        else:
            keeping = Keeping(member_id=member_id, author=AT_CONSOLE, signer=act_signer(platform), now=platform.clock())
            differences = import_partners(uow, keeping, partners)
    for each in differences:
        click.echo(f"{MARKS[each.step]} {each.code:<12}  {each.name}  {' '.join(each.parts)}".rstrip())


@supplier.command()
@click.argument("member")
@click.option("--output", "-o", type=OUT, help="A file; the terminal where it is absent.")
@click.option("--as-of", help="As it stood at the end of a day, or at an instant with its zone; without contacts.")
def export(member: str, output: Path | None, as_of: str | None) -> None:
    """Write the register of MEMBER as a table that `import` reads back."""
    then = read_then(as_of)
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        partners = uow.suppliers.of(member_by_uri(uow, member).id).partners(as_of=then)
    table = write_table([kept.partner for kept in partners], language())
    if output is None:
        click.echo(table, nl=False)
    else:
        output.write_bytes(table)
