"""`filiere restore`: a backup becomes an instance again, or a scratch copy beside the living one.

Exit status: 0 where everything holds, 1 where `fsck` finds a difference, 3 where records that were published are still
missing: `filiere recover` comes next.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.blobs import key_files
from filiere_platform.blobs.archive import unpack_archive
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.errors import language
from filiere_platform.domain import backup_sentences as say
from filiere_platform.domain import fsck_sentences
from filiere_platform.domain.log_check import FsckReport
from filiere_platform.settings import Settings, SettingsError, read_settings
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.tiles.statements import StatementFolder
from filiere_platform.usecases import restore as restoring
from filiere_platform.usecases.fsck import fsck
from filiere_platform.usecases.restore import Restored, Unpacked
from filiere_schemas.provenance.keys import PublicKey

EXIT_DIFFERS = 1
EXIT_BEHIND = 3
SINCE_THE_BACKUP = {
    "fr": "Membres admis ou suspendus, jetons créés ou révoqués depuis la sauvegarde ({created}) : à refaire à la main"
    " avant d'ouvrir l'instance.",
    "en": "Members admitted or suspended, tokens created or revoked since the backup ({created}): to be done again by"
    " hand before the instance is opened.",
}
NO_KEYS = {
    "fr": "La sauvegarde n'a pas de clés privées : remettez celles de l'instance dans {folder} avant de la démarrer ;"
    " n'en créez pas d'autres.",
    "en": "The backup holds no private keys: put the instance's own into {folder} before starting it; do not make"
    " others.",
}
BEHIND = {
    "fr": "La base s'arrête à {stored}, {promised} enregistrements ont été promis : l'instance reste fermée. Lancez"
    " « filiere recover ».",
    "en": "The database ends at {stored}, {promised} records were promised: the instance stays closed. Run “filiere"
    " recover”.",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace the database of the same log; an SQLite file is set aside.")
@click.option("--into", help="A scratch copy: a new folder, or postgresql://… of an empty database. Never signs.")
def restore(file: Path, replace: bool, into: str | None) -> None:  # noqa: FBT001 - a flag of the command line
    """Restore a backup, keep the newest anchor, check everything."""
    settings = read_settings()
    target = _scratch(settings, into) if into else settings
    target.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.data_dir, prefix=".restore-") as folder:
        manifest = unpack_archive(file, Path(folder), passphrase=settings.backup_passphrase or None)
        backup = Unpacked(folder=Path(folder), manifest=manifest)
        restored, report = _restore(backup, target, replace=replace, is_scratch=into is not None)
    _tell(backup, target, restored, report, is_scratch=into is not None)


def _restore(backup: Unpacked, target: Settings, *, replace: bool, is_scratch: bool) -> tuple[Restored, FsckReport]:
    files = TileFolder(target.data_dir)
    with bootstrap.open_database(target) as database:
        restoring.check_target(backup, database, replace=replace)
        _check_keys(backup, target)
        statements = StatementFolder(target.data_dir)
        for name, content in backup.files("log.statements"):
            statements.put_back(name, content)
        restored = restoring.restore(
            backup,
            database,
            files,
            statements,
            replace=replace,
            is_scratch=is_scratch,
            now=bootstrap.system_clock(),
        )
        _put_keys_back(backup, target, is_scratch=is_scratch)
        with database.unit_of_work() as unit:
            return restored, fsck(unit.log, files, *backup.log_keys, kept=statements.read())


def _check_keys(backup: Unpacked, target: Settings) -> None:
    """See that no key that is in the target is another one than the backup's.

    Raises:
        RestoreRefused: one is.
    """
    for duty in Duty:
        expected = _public(backup, duty)
        if key_files.is_here(target.keys_dir, duty) and expected is not None:
            found = key_files.load_public(target.keys_dir, duty, passphrase=target.passphrase)
            if found != expected:
                raise restoring.refused(say.RESTORE_OTHER_KEY, file=key_files.path_of(target.keys_dir, duty))


def _public(backup: Unpacked, duty: Duty) -> PublicKey | None:
    if duty is Duty.LOG:
        return backup.log_keys[0].public
    jwk = backup.manifest["publicKeys"].get(duty.value)
    return PublicKey.from_jwk(jwk) if jwk else None


def _put_keys_back(backup: Unpacked, target: Settings, *, is_scratch: bool) -> None:
    if is_scratch:  # never a private key: a scratch copy cannot sign, whatever is done to it
        for duty in Duty:
            public = _public(backup, duty)
            if public is not None:
                key_files.write_public(target.keys_dir, duty, public)
        return
    for name, content in backup.files("keys"):
        if not (target.keys_dir / name).exists():
            key_files.put_back(target.keys_dir / name, content)
    registrar = _public(backup, Duty.REGISTRAR)
    if registrar is not None and not key_files.is_here(target.keys_dir, Duty.REGISTRAR):  # its key is kept elsewhere
        key_files.write_public(target.keys_dir, Duty.REGISTRAR, registrar)


def _scratch(settings: Settings, into: str) -> Settings:
    """Say where a scratch copy goes: a folder; for a database, a folder of its name beside the instance's."""
    if into.startswith(("postgresql://", "postgres://")):
        name = into.rpartition("/")[2].partition("?")[0]
        folder = settings.data_dir.absolute().with_name(f"{settings.data_dir.absolute().name}-scratch-{name}")
        scratch = read_settings({}, database_url=into, data_dir=folder)
    else:
        scratch = read_settings({}, data_dir=Path(into))
    if scratch.data_dir.exists() and any(scratch.data_dir.iterdir()):
        msg = f"{scratch.data_dir} is not empty: a scratch copy wants a folder of its own"
        raise SettingsError(msg)
    return scratch


def _tell(backup: Unpacked, target: Settings, restored: Restored, report: FsckReport, *, is_scratch: bool) -> None:
    chosen = language()
    click.echo(f"instance   {backup.manifest['name']}")
    click.echo(f"log        {backup.origin}")
    click.echo(f"data       {target.data_dir.absolute()}")
    click.echo(f"records    {restored.stored} (promised {restored.promised})")
    click.echo(f"tiles      {restored.tiles} files from the backup")
    click.echo(f"erased     {restored.erased} records that were erased since the backup")
    click.echo(f"standing   {restored.standing.state}")
    behind = {fsck_sentences.DATABASE_BEHIND_HEAD.code}
    wrong = set(report.counts) - behind
    click.echo(f"fsck       {'holds' if not wrong else json.dumps(report.counts)}")
    if is_scratch:
        click.echo(f"look at it with FILIERE_DATA_DIR={target.data_dir.absolute()} filiere serve", err=True)
    else:
        click.echo(SINCE_THE_BACKUP[chosen].format(created=backup.manifest["created"]), err=True)
        if not key_files.is_here(target.keys_dir, Duty.LOG):
            click.echo(NO_KEYS[chosen].format(folder=target.keys_dir), err=True)
    if wrong:
        sys.exit(EXIT_DIFFERS)
    if restored.stored < restored.promised and not is_scratch:
        click.echo(BEHIND[chosen].format(stored=restored.stored, promised=restored.promised), err=True)
        sys.exit(EXIT_BEHIND)
