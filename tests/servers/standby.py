"""A replica of a PostgreSQL cluster of our own, which may be promoted."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from servers.postgresql import PostgreSQL
from servers.process import START_SECONDS, ServerUnavailableError


class Standby(PostgreSQL):
    """A streaming replica, asynchronous unless its primary names it; `name_of_replica` is what it calls itself."""

    def __init__(self, primary: PostgreSQL, *, settings: Mapping[str, str] | None = None, called: str = "late") -> None:
        super().__init__(settings=settings)
        self.primary = primary
        self.called = called

    def promote(self) -> None:
        """Make it a primary, and wait until it is one."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote(true, 60)")
            deadline = time.monotonic() + START_SECONDS
            while connection.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
                assert time.monotonic() < deadline, self.log_tail()
                time.sleep(0.05)

    def _create(self, data: Path, prefix: Sequence[str]) -> None:
        source = f"host=127.0.0.1 port={self.primary.port} user={self.primary.user} application_name={self.called}"
        command = [str(self.programs / "pg_basebackup"), "-D", str(data), "-d", source, "-R", "-X", "stream"]
        done = subprocess.run(
            [*prefix, *command, "-c", "fast"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, "PGCONNECT_TIMEOUT": "10"},
        )
        if done.returncode:
            raise ServerUnavailableError(f"pg_basebackup failed:\n{done.stdout}{done.stderr}")
        data.chmod(0o700)
