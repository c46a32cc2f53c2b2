"""`filiere-connect keygen` and `enroll`: a key of one's own, and the instance's acceptance of it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from filiere_connectors.cli.language import EXIT_WAITING, say, words
from filiere_connectors.enrolment import enrol, waiting_token
from filiere_connectors.key_reference import make_key_elsewhere
from filiere_connectors.signing_key import is_on_token, make_key
from filiere_connectors.token_uri import TokenUri
from filiere_connectors.workspace import open_workspace
from filiere_schemas.provenance.keys import Algorithm


@click.command()
@click.option("--alg", type=click.Choice([each.value for each in Algorithm]), help="Ed25519; ES256 (pkcs11).")
@click.option("--pkcs11", "uri", help="Sur ce jeton / on this token: pkcs11:token=...;object=...")
@click.pass_obj
def keygen(folder: Path, alg: str | None, uri: str | None) -> None:
    """Créer la clé de signature / make the signing key.

    Chiffrée si filiere.toml nomme une « passphrase » / encrypted where filiere.toml names one. Sur un jeton matériel
    elle n'en sort pas / on a hardware token it never leaves it.
    """
    workspace = open_workspace(folder)
    algorithm = None if alg is None else Algorithm(alg)
    if uri is not None and uri != workspace.key:
        made = make_key_elsewhere(workspace, TokenUri.parse(uri), algorithm=algorithm)
        workspace = open_workspace(folder)
    else:
        made = make_key(workspace, algorithm=algorithm)
    where = workspace.key if is_on_token(workspace.key) else workspace.key_path()
    say("key-made", file=where, kid=made.public.thumbprint)


@click.command()
@click.option("--label", default="", help="Le nom de ce connecteur / this connector's name.")
@click.option("--new-chain", is_flag=True, help="Spool restauré, clé neuve / restored spool, new key.")
@click.pass_obj
def enroll(folder: Path, *, label: str, new_chain: bool) -> int:
    """Inscrire la clé auprès de l'instance / register the key with the instance.

    Les deux jetons viennent de FILIERE_ENROLMENT_TOKEN et FILIERE_TOKEN, ou sont demandés : jamais de la ligne de
    commande, que d'autres peuvent lire.
    """
    workspace = open_workspace(folder)
    one_time = waiting_token(workspace) or os.environ.get("FILIERE_ENROLMENT_TOKEN")
    one_time = one_time or click.prompt(words("ask-enrolment"), hide_input=True)
    token = os.environ.get("FILIERE_TOKEN")
    kind, _, name = workspace.token.partition(":")
    if not token and kind == "file" and not (workspace.folder / name).exists():
        token = click.prompt(words("ask-token"), hide_input=True)
    found = enrol(
        workspace,
        enrolment_token=one_time.strip(),
        api_token=token.strip() if token else None,
        label=label,
        new_chain=new_chain,
    )
    if found.is_pending:
        say("enrol-pending", name=found.instance.get("name", ""))
        return EXIT_WAITING
    say("enrolled", name=found.instance.get("name", ""), origin=found.instance["logOrigin"])
    return 0
