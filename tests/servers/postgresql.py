"""A PostgreSQL cluster of our own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from servers.process import Server, ServerUnavailableError, as_user, die_with_parent

DEBIAN_FOLDERS = "usr/lib/postgresql/*/bin"  # where Debian keeps what it does not put on the path


TRUSTING = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust")


class PostgreSQL(Server):
    """A PostgreSQL cluster of our own.

    `settings` become `-c` flags and `initdb` its creation's, as docker-compose.yml gives them; with a `password` the
    superuser `user` has to show it.
    """

    name = "postgresql"
    runs_as = "postgres"
    # SIGINT is PostgreSQL's "fast shutdown": it does not wait for clients to leave (PostgreSQL 15, 19.5).
    _stop_signal = signal.SIGINT

    def __init__(
        self,
        *,
        folder: Path | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        initdb: Sequence[str] = TRUSTING,
        user: str = "postgres",
        password: str | None = None,
    ) -> None:
        self.programs = programs_folder()
        super().__init__(folder=folder, port=port)
        self.settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **(settings or {})}
        self.initdb = tuple(initdb)
        self.user = user
        self.password = password

    @property
    def url(self) -> str:
        credentials = f"{self.user}:{self.password}" if self.password else self.user
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/postgres"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def _launch(self) -> subprocess.Popen[bytes]:
        data = self.folder / "data"
        prefix = as_user(self.runs_as) if os.geteuid() == 0 else die_with_parent()
        if not (data / "PG_VERSION").exists():
            self._create(data, prefix)
        flags = [flag for name, value in self.settings.items() for flag in ("-c", f"{name}={value}")]
        postgres = [str(self.programs / "postgres"), "-D", str(data), "-p", str(self.port)]
        return self._spawn([*prefix, *postgres, *flags])

    def _create(self, data: Path, prefix: Sequence[str]) -> None:
        command = [*prefix, str(self.programs / "initdb"), "-D", str(data), "-U", self.user, "--no-instructions"]
        if self.password:
            file = self.folder / "password"
            file.write_text(self.password)
            if os.geteuid() == 0:
                shutil.chown(file, self.runs_as)
            command.append(f"--pwfile={file}")
        done = subprocess.run([*command, *self.initdb], capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise ServerUnavailableError(f"initdb failed:\n{done.stdout}{done.stderr}")


def programs_folder() -> Path:
    """The folder of initdb and postgres: on the path, else the newest of Debian's.

    Raises:
        ServerUnavailableError: Neither is there.
    """
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    newest = sorted(Path("/").glob(DEBIAN_FOLDERS), key=lambda folder: int(folder.parent.name))
    if not newest:
        raise ServerUnavailableError("PostgreSQL is not installed: neither initdb nor /" + DEBIAN_FOLDERS)
    return newest[-1]
