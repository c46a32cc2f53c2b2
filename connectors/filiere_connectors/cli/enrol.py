"""`filiere-connect keygen` and `enroll`: a key of one's own, and the instance's acceptance of it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from filiere_connectors.cli.language import say, words
from filiere_connectors.enrolment import enrol, make_key
from filiere_connectors.workspace import open_workspace


@click.command()
@click.pass_obj
def keygen(folder: Path) -> None:
    """Créer la clé de signature / make the signing key."""
    workspace = open_workspace(folder)
    public = make_key(workspace)
    say("key-made", file=workspace.key_path, kid=public.thumbprint)


@click.command()
@click.pass_obj
def enroll(folder: Path) -> None:
    """Inscrire la clé auprès de l'instance / register the key with the instance.

    Les deux jetons viennent de FILIERE_ENROLMENT_TOKEN et FILIERE_TOKEN, ou sont demandés : jamais de la ligne de
    commande, que d'autres peuvent lire.
    """
    workspace = open_workspace(folder)
    one_time = os.environ.get("FILIERE_ENROLMENT_TOKEN") or click.prompt(words("ask-enrolment"), hide_input=True)
    token = None
    if workspace.token.startswith("file:"):
        token = os.environ.get("FILIERE_TOKEN") or click.prompt(words("ask-token"), hide_input=True)
    instance = enrol(workspace, enrolment_token=one_time.strip(), api_token=token.strip() if token else None)
    say("enrolled", name=instance.get("name", ""), origin=instance["logOrigin"])
