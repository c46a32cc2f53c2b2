"""`filiere-connect init`: make the workspace; with --from, propose a flow for a file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.cli.language import say, words
from filiere_connectors.enrolment import make_workspace
from filiere_connectors.kinds import KINDS
from filiere_connectors.proposal import Guess, Proposal, propose
from filiere_connectors.proposal_file import flow_file
from filiere_connectors.proposal_words import fold
from filiere_connectors.sources.opening import TEXT_SUFFIXES, open_table
from filiere_connectors.templates.mark import read_mark
from filiere_connectors.workspace import lacking, open_workspace, write_whole


@click.command()
@click.option("--member", help="L'URI de l'entreprise / the company's URI (urn:filiere:party:siret:...).")
@click.option("--url", help="L'adresse de l'instance / the instance's address.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Un fichier CSV ou Excel pour lequel proposer un flux / a file to propose a flow for.",
)
@click.option("--sheet", help="La feuille / the sheet.")
@click.option("--kind", type=click.Choice(tuple(KINDS)), help="La nature des événements / the kind of the events.")
@click.option("--name", help="Le nom du flux / the flow's name.")
@click.pass_obj
def init(
    folder: Path,
    *,
    member: str | None,
    url: str | None,
    source: Path | None,
    sheet: str | None,
    kind: str | None,
    name: str | None,
) -> None:
    """Créer l'espace de travail, ou proposer un flux / make the workspace, or propose a flow."""
    if source is None:
        member = member or click.prompt("URI (urn:filiere:party:siret:...)")
        url = url or click.prompt("URL")
        make_workspace(folder, member=member, url=url)
        say("workspace-made", folder=folder.resolve())
        say("next-keygen")
        return
    workspace = open_workspace(folder)
    if read_mark(source) is not None:
        say("workbook-needs-no-flow", file=source)
        return
    text = source.suffix.lower() in TEXT_SUFFIXES
    proposal = propose(open_table(source, sheet=sheet), file=source.name, kind=kind)
    _show(proposal, source)
    stem = name or "-".join(fold(source.stem).split())[:40] or "flux"
    target = workspace.folder / "flows" / f"{stem}.toml"
    if target.exists():
        raise lacking(sentences.WORKSPACE_EXISTS, file=str(target))
    path = _relative(source.resolve(), target.parent)
    text_of_flow = flow_file(proposal, path=path, source_type="csv" if text else "excel", member=workspace.member)
    write_whole(target, text_of_flow.encode())
    say("flow-written", file=target)
    say("next-preview")


def _relative(source: Path, folder: Path) -> str:
    """The source as the flow names it, with slashes; another drive of Windows has no relative path."""
    try:
        return Path(os.path.relpath(source, folder)).as_posix()
    except ValueError:
        return source.as_posix()


def _show(proposal: Proposal, source: Path) -> None:
    layout = proposal.layout
    encoding = f", {layout.encoding}, « {layout.delimiter} »" if layout.encoding else ""
    say("header-row", file=source.name, row=layout.header_row, rows=proposal.rows, encoding=encoding)
    say("kind", kind=proposal.kind, sure=round(proposal.kind_sureness * 100))
    for guess in proposal.guesses:
        _show_guess(guess)
    if proposal.group:
        say("grouped", key=" + ".join(proposal.group))
    else:
        say("key", key=" + ".join(proposal.key))
    if proposal.unknown_units:
        say("unknown-units", found=", ".join(f"{word} x{count}" for word, count in proposal.unknown_units.items()))
    if proposal.partners:
        say("unknown-partners", found=", ".join(list(proposal.partners)[:8]))


def _show_guess(guess: Guess) -> None:
    role = words("no-role") if guess.role is None else f"{guess.role}{'' if guess.side is None else '/' + guess.side}"
    cells = "" if guess.valid is None else words("cells", share=round(guess.valid * 100))
    ask = "" if guess.is_sure or guess.role is None else words("to-confirm")
    sure = round(guess.sureness * 100)
    say("column", column=guess.column, header=guess.header[:24], role=role, sure=sure, cells=cells, ask=ask)
