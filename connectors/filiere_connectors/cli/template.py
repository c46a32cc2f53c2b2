"""`filiere-connect template`: a workbook to fill in, made for a role from its sector's profile."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_connectors.cli.language import language, say
from filiere_connectors.flow import DEFAULT_ZONE
from filiere_connectors.profile import sector_of
from filiere_connectors.templates import sentences
from filiere_connectors.workspace import FILE, lacking, open_workspace
from filiere_schemas.problems import Language
from filiere_schemas.sectors.profile_files import find_sector, sector_names


@click.command()
@click.argument("role")
@click.option("--sector", help="La filière, par son nom ou son dossier / the sector, by its name or its folder.")
@click.option(
    "--sector-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="FILIERE_SECTOR_DIR",
    help="Le dossier de vos propres filières / the folder of your own sectors.",
)
@click.option("--language", "wanted", type=click.Choice(("fr", "en")), help="Des titres / of the headings.")
@click.option("--zone", default=DEFAULT_ZONE, show_default=True, help="Le fuseau des heures / the zone of the times.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="FICHIER.xlsx")
@click.pass_obj
def template(
    folder: Path,
    *,
    role: str,
    sector: str | None,
    sector_dir: Path | None,
    wanted: Language | None,
    zone: str,
    output: Path,
) -> None:
    """Créer un classeur à remplir pour un rôle / make a workbook to fill in for a role.

    Rempli, il se lit sans flux / filled in, it is read without a flow: check FICHIER.xlsx, preview, run.
    """
    from filiere_connectors.mapping_time import is_zone
    from filiere_connectors.templates.plan import make_plan
    from filiere_connectors.templates.workbook import write_template

    if sector is None and (folder / FILE).exists():
        sector = sector_of(open_workspace(folder))
    if sector is None:
        raise lacking(sentences.NO_SECTOR, expected=", ".join(sector_names(sector_dir)))
    if not is_zone(zone):
        raise click.BadParameter("Europe/Paris, UTC, ...", param_hint="--zone")
    if output.suffix.lower() != ".xlsx":
        raise click.BadParameter("FICHIER.xlsx", param_hint="-o")
    plan = make_plan(find_sector(sector, sector_dir), role)
    if output.exists():
        raise lacking(sentences.WORKBOOK_EXISTS, file=output.name)
    write_template(plan, output, language=wanted or language(), zone=zone)
    say("template-written", file=output, sheets=len(plan.sheets))
