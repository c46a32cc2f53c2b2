"""`filiere backup`: one consistent file of a running instance. docs/recovery.md says what to do with it."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import click

from filiere_platform import bootstrap
from filiere_platform.blobs import key_files
from filiere_platform.blobs.archive import Member, write_archive
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.errors import language
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.snapshot import Snapshot
from filiere_platform.settings import Settings, SettingsError, read_settings
from filiere_platform.usecases.backup import ANCHOR, signed_size, tiles_at
from filiere_platform.usecases.publish import CHECKPOINT_NAME

PUBLIC_ONLY = {
    "fr": "ATTENTION : sans --with-keys, la sauvegarde ne contient que les clés publiques. Gardez à part {folder} :"
    " sans ces fichiers, l'instance restaurée ne peut plus rien signer.",
    "en": "WARNING: without --with-keys, the backup holds public keys only. Keep {folder} elsewhere: without those"
    " files, the restored instance can sign nothing.",
}
UNSEALED_KEYS = {
    "fr": "ATTENTION : la sauvegarde contient les clés privées et n'est pas scellée. Donnez FILIERE_BACKUP_PASSPHRASE.",
    "en": "WARNING: the backup holds the private keys and is not sealed. Give FILIERE_BACKUP_PASSPHRASE.",
}


@click.command()
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option("--with-keys", is_flag=True, help="With the instance's own private keys.")
def backup(output: Path, with_keys: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Write database, log, anchor and public keys into one file, while the instance runs."""
    settings = read_settings()
    with bootstrap.open_platform(settings) as platform:
        digest, snapshot, published = _write(platform, output, with_keys=with_keys)
    click.echo(f"backup     {output}")
    click.echo(f"sha256     {digest}")
    click.echo(f"origin     {platform.instance.origin}")
    click.echo(f"records    {snapshot.size} (published {published})")
    click.echo(f"keys       {'private' if with_keys else 'public'}")
    click.echo(f"sealed     {'yes' if settings.backup_passphrase else 'no'}")
    if not with_keys:
        click.echo(PUBLIC_ONLY[language()].format(folder=settings.keys_dir), err=True)
    elif not settings.backup_passphrase:
        click.echo(UNSEALED_KEYS[language()], err=True)


def _write(platform: Platform, output: Path, *, with_keys: bool) -> tuple[str, Snapshot, int]:
    settings, files = platform.settings, platform.files
    # 1. The anchor before everything else: the order is that of `usecases.backup`.
    anchor = files.read_anchor()
    published = signed_size(anchor)
    members = [] if anchor is None else [Member(name=ANCHOR, content=lambda: anchor)]
    if anchor is not None:
        members.append(Member(name=f"log/{CHECKPOINT_NAME}", content=lambda: anchor))
    # 2. The tiles of its size.
    members += [
        Member(name=f"log/{tile.name}", content=functools.partial(_read_tile, platform, tile))
        for tile in tiles_at(published)
    ]
    # 3. The statements beside them.
    members += [
        Member(name=f"log.statements/{path.parent.name}/{path.name}", content=path)
        for path in platform.statements.paths()
    ]
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".filiere-backup-") as folder:
        # 4. The database.
        snapshot = platform.database.dump(Path(folder))
        members += [Member(name=f"database/{path.name}", content=path) for path in snapshot.files]
        # 5. The keys, last in the file and only where they were asked for.
        if with_keys:
            members += _keys(settings)
        about = _about(platform, snapshot, published, with_keys=with_keys)
        digest = write_archive(output, about, members, passphrase=settings.backup_passphrase or None)
    return digest, snapshot, published


def _read_tile(platform: Platform, tile: Any) -> bytes:
    content = tile.read(platform.files.read)
    if content is None:
        msg = f"log/{tile.name} is missing: `filiere fsck` says what else differs; the publisher writes it again"
        raise SettingsError(msg)
    return bytes(content)


def _keys(settings: Settings) -> list[Member]:
    folder = settings.keys_dir
    return [Member(name=f"keys/{path.relative_to(folder)}", content=path) for path in key_files.paths(folder)]


def _about(platform: Platform, snapshot: Snapshot, published: int, *, with_keys: bool) -> dict[str, Any]:
    public = {duty: platform.own_keys.public(duty) for duty in (Duty.RECEIPT, Duty.REGISTRAR)}
    keys: dict[str, Any] = {duty.value: key.jwk for duty, key in public.items() if key is not None}
    keys["log"] = [str(verifier) for verifier in platform.log_verifiers()]
    return {
        "origin": platform.instance.origin,
        "sector": platform.instance.sector,
        "name": platform.instance.name,
        "created": iso_instant(platform.clock()),
        "published": published,
        "database": {
            "kind": snapshot.kind,
            "revision": snapshot.revision,
            "size": snapshot.size,
            "columns": snapshot.columns,
        },
        "keys": "private" if with_keys else "public",
        "publicKeys": keys,
    }
