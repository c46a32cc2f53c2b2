"""`filiere log-key`: the key that signs checkpoints, and how another one takes its place.

For a period that the operator chooses both sign: who trusts either verifies meanwhile. The log's name never changes.
"""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import KeyFileError
from filiere_platform.bootstrap import Platform
from filiere_platform.settings import read_settings
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey


@click.group("log-key")
def log_key() -> None:
    """Show the log's key; let another one follow it."""


@log_key.command()
def show() -> None:
    """Show the verifier keys that checkpoints can be verified with now."""
    with bootstrap.open_platform(read_settings()) as platform:
        for name, verifier in zip(("log", "next"), platform.log_verifiers(), strict=False):
            signs = "signs the served checkpoint" if _signs(platform, verifier) else "does not sign yet"
            click.echo(f"{name:<5} {verifier}  {signs}")


@log_key.command()
def begin() -> None:
    """Make a new key; from the next checkpoint on, within seconds, both sign."""
    with bootstrap.open_platform(read_settings()) as platform:
        key = SigningKey.generate()
        platform.log_keys.begin(key.to_pem(platform.settings.passphrase))
        click.echo(f"next  {VerifierKey(platform.instance.origin, key.public)}")
        click.echo("Hand out new trust files (`filiere trust`); finish once everybody has them.")


@log_key.command()
def finish() -> None:
    """End the old key: the new one alone signs from now on, and who trusts the old one alone no longer verifies."""
    with bootstrap.open_platform(read_settings()) as platform:
        ended, *following = platform.log_verifiers()
        if following and not _signs(platform, following[0]):
            msg = "the served checkpoint is not signed by the next key yet: is a publisher running?"
            raise KeyFileError(msg)
        kept = platform.log_keys.finish(ended.key_id.hex())
        click.echo(f"log   {platform.log_verifiers()[0]}")
        click.echo(f"The ended key is in {kept}: keep it offline or destroy it. Restart the servers.")


def _signs(platform: Platform, verifier: VerifierKey) -> bool:
    note = platform.files.read(CHECKPOINT_NAME)
    try:
        verify_checkpoint(note or b"", verifier)
    except Refusal:
        return False
    return True
