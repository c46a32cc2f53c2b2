"""`filiere-connect event-hash`: the event hashes of a document, to compare with a partner's or to use as eventIDs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from filiere_connectors.cli.language import EXIT_OK, EXIT_REFUSED, printable, words
from filiere_schemas.epcis.event_hash import contradicts_its_hash, event_hash, fields_to_ignore, pre_hash
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.epcis.xml_document import is_xml, read_sent
from filiere_schemas.epcis.xml_event import event_value
from filiere_schemas.provenance.strict_json import strict_loads


@click.command("event-hash")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--draft", is_flag=True, help="Nommer l'édition CBV 2.1, un projet / name the edition CBV 2.1, a draft.")
@click.option("--text", is_flag=True, help="Montrer aussi le texte haché / show the text that is hashed, too.")
def hashes(*, file: Path, draft: bool, text: bool) -> int:
    """Empreintes CBV des événements d'un document / CBV event hashes of a document's events: JSON or XML."""
    events, ignored = _events(file.read_bytes())
    differs = False
    for event in events:
        read_event(event)
        click.echo(event_hash(event, version="CBV2.1" if draft else "CBV2.0", ignored=ignored))
        if text:
            click.echo(printable(pre_hash(event, ignored=ignored)))
        if contradicts_its_hash(event, ignored=ignored):
            differs = True
            click.echo(printable(words("hash-differs", found=event["eventID"])), err=True)
    return EXIT_REFUSED if differs else EXIT_OK


def _events(raw: bytes) -> tuple[list[dict[str, Any]], frozenset[str]]:
    """Read the events of a document, and what it asks to leave out of their hashes."""
    sent = read_sent(raw).events
    if is_xml(raw):
        return [event_value(event) for event in sent], frozenset()
    return [strict_loads(event) for event in sent], fields_to_ignore(strict_loads(raw))
