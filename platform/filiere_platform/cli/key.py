"""`filiere key`: the signing keys of members, and the registrar's signature on their changes.

The registrar's key may be on this machine, or on one that no network reaches. There, what is asked goes over as a
file and what was signed comes back as another: `pending`, `sign`, `admit`.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.blobs import key_files
from filiere_platform.blobs.key_files import Duty, KeyFileError
from filiere_platform.domain.key_request import (
    read_requests,
    read_statements,
    sign_request,
    write_requests,
    write_statements,
)
from filiere_platform.settings import read_settings
from filiere_platform.usecases.keys import AdmittedKey, Registrar, WaitingKey, admit_key_statement, revoke_key
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.key_history import KeyLife
from filiere_schemas.provenance.key_statements import RevocationReason
from filiere_schemas.provenance.keys import Algorithm, SigningKey

FILE = click.Path(dir_okay=False, path_type=Path)
PASSPHRASE = "FILIERE_KEYS_PASSPHRASE"  # noqa: S105 - the name of a setting


@click.group()
def key() -> None:
    """Signing keys of members."""


@key.command("list")
@click.option("--member", "uri", help="Only those of one member.")
def list_keys(uri: str | None) -> None:
    """List the registered keys: thumbprint, algorithm, log index of the registration, state, member, label."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        found = uow.keys.all()
    for row in sorted(found, key=lambda each: each.life.registered_at):
        life = row.life
        if uri in {None, life.issuer}:
            place = f"{life.registered_at:>8}"
            click.echo(
                f"{row.kid}  {row.public.alg:<8}  {place}  {_state(life):<12}  {life.issuer}  {row.label}".rstrip()
            )


@key.command()
@click.argument("kid")
@click.option("--reason", type=click.Choice([each.value for each in RevocationReason]), required=True)
@click.option("--suspect-from", type=click.IntRange(0), help="Log index from which its records are disputed.")
def revoke(kid: str, reason: str, suspect_from: int | None) -> None:
    """Revoke a key from now on; without the registrar's key here, the revocation waits for its signature."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = revoke_key(
            uow,
            kid=kid,
            reason=RevocationReason(reason),
            suspect_from=suspect_from,
            registrar=_registrar(platform),
            origin=platform.instance.origin,
            now=platform.clock(),
        )
    _say(found)


@key.command()
@click.option("-o", "output", type=FILE, required=True, help="File for the registrar's machine.")
def pending(output: Path) -> None:
    """Write what waits for the registrar's signature, and list it."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        requests = uow.key_requests.all()
        output.write_bytes(write_requests(requests, origin=platform.instance.origin))
    for each in requests:
        click.echo(f"{each.operation:<8}  {each.kid}  {each.issuer}  {each.label}".rstrip())
    click.echo(f"{len(requests)} -> {output}")


@key.command()
@click.argument("requests", type=FILE)
@click.option("--registrar-key", type=FILE, required=True, help="The registrar's private key (PEM).")
@click.option("-o", "output", type=FILE, required=True, help="File for the instance.")
def sign(requests: Path, registrar_key: Path, output: Path) -> None:
    """Sign what is asked, on the registrar's machine; it needs no instance, no database and no network.

    Each line shows whose key it is: compare it with what the members said by another way.
    """
    signer = key_files.load_key_file(registrar_key, duty=Duty.REGISTRAR, passphrase=_passphrase())
    origin, found = read_requests(requests.read_bytes())
    now = bootstrap.system_clock()
    statements = [sign_request(each, key=signer, origin=origin, now=now) for each in found]
    output.write_bytes(write_statements(statements, origin=origin))
    for each in found:
        click.echo(f"{each.operation:<8}  {each.kid}  {each.issuer}")
    click.echo(f"{len(found)} -> {output}")


@key.command()
@click.argument("statements", type=FILE)
def admit(statements: Path) -> None:
    """Admit what the registrar signed; the same file again changes nothing."""
    with bootstrap.open_platform(read_settings()) as platform:
        origin = platform.instance.origin
        for statement in read_statements(statements.read_bytes(), origin=origin):
            # One commit each: what does not hold keeps nothing else back that came before it.
            with platform.database.unit_of_work() as uow:
                found = admit_key_statement(
                    uow,
                    statement,
                    registrar=_registrar(platform).public,
                    origin=origin,
                    now=platform.clock(),
                )
            _say(found)


@key.command()
@click.argument("output", type=FILE)
def generate(output: Path) -> None:
    """Make a registrar's key on the machine that will keep it: OUTPUT, and its public part beside it.

    Found the instance with the public part: `filiere init --registrar OUTPUT.jwk`. Encrypted where
    FILIERE_KEYS_PASSPHRASE_FILE is set.
    """
    made = SigningKey.generate(Algorithm.ED25519)
    key_files.write_key_file(output, made, passphrase=_passphrase())
    public = output.with_name(f"{output.name}.jwk")
    public.write_bytes(canonicalize(made.public.jwk) + b"\n")
    click.echo(f"{made.public.thumbprint}  {output}  {public}")


def _registrar(platform: bootstrap.Platform) -> Registrar:
    found = platform.own_keys.registrar()
    if found is None:
        msg = "no registrar is known here: `filiere init --registrar FILE` with the public part of its key"
        raise KeyFileError(msg)
    return found


def _passphrase() -> bytes | None:
    # Not the instance's settings: the registrar's machine has no instance.
    named = os.environ.get(f"{PASSPHRASE}_FILE")
    found = Path(named).read_text(encoding="utf-8").strip() if named else os.environ.get(PASSPHRASE, "")
    return found.encode() or None


def _say(found: AdmittedKey | WaitingKey) -> None:
    if isinstance(found, WaitingKey):
        click.echo(f"pending   {found.kid}  {found.member_uri}")
    else:
        click.echo(f"admitted  {found.kid}  {found.member_uri}  index {found.log_index}")


def _state(life: KeyLife) -> str:
    if life.revoked_at is not None:
        since = "" if life.suspect_from is None else f", suspect from {life.suspect_from}"
        return f"revoked at {life.revoked_at} ({life.reason}{since})"
    return "active" if life.replaced_at is None else f"replaced at {life.replaced_at}"
