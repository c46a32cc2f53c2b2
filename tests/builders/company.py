"""A company with a connector of its own, which uses nothing but its commands, and the instance that it sends to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from filiere_platform import bootstrap
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Scope
from filiere_platform.settings import Settings
from filiere_platform.usecases.members import add_member, create_api_token, create_enrolment_token
from servers.filiere import Filiere

CONNECT = Path(sys.executable).parent / "filiere-connect"
CRASHING = Path(__file__).resolve().parents[1] / "servers" / "crashing_connect.py"


@dataclass
class ServedInstance:
    """An instance that is served by a process of its own, and its console."""

    settings: Settings
    server: Filiere

    @property
    def url(self) -> str:
        return self.server.url

    def admit(self, uri: str, folder: Path) -> Company:
        """Admit a member; gives the company with the two secrets that it was handed."""
        with bootstrap.open_database(self.settings) as database, database.unit_of_work() as uow:
            add_member(uow, uri=uri, name=uri.rpartition(":")[2], sharing=SharingMode.SECTOR)
            token = create_api_token(uow, uri=uri, scopes=frozenset(Scope))
            enrolment = create_enrolment_token(uow, uri=uri, now=bootstrap.system_clock())
        folder.mkdir(parents=True, exist_ok=True)
        return Company(uri=uri, folder=folder, url=self.url, token=token, enrolment=enrolment)

    def console(self, *arguments: str, folder: Path) -> str:
        """Run a command of the instance's own console."""
        environment = {**os.environ, "FILIERE_DATA_DIR": str(self.settings.data_dir.absolute())}
        program = str(CONNECT.with_name("filiere"))
        done = subprocess.run(
            [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout

    def log_holds(self) -> bool:
        """Say whether the console re-derives the whole log, signatures included."""
        environment = {**os.environ, "FILIERE_DATA_DIR": str(self.settings.data_dir)}
        done = subprocess.run(
            [str(CONNECT.with_name("filiere")), "fsck"], env=environment, capture_output=True, timeout=120, check=False
        )
        return done.returncode == 0


@dataclass
class Company:
    """A company at its own machine."""

    uri: str
    folder: Path
    url: str
    token: str
    enrolment: str
    environment: dict[str, str] = field(default_factory=dict)

    def connect(self, *arguments: str, crash_at: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command of the connector in the company's folder."""
        program: Sequence[str] = (sys.executable, str(CRASHING)) if crash_at else (str(CONNECT),)
        environment: Mapping[str, str] = {
            **os.environ,
            "FILIERE_LANG": "fr",
            "FILIERE_TEST_CRASH_AT": crash_at,
            "PYTHONPATH": os.pathsep.join(sys.path) if crash_at else "",
            **self.environment,
        }
        return subprocess.run(
            [*program, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    def board(self) -> None:
        """Make the workspace and the key, and enrol."""
        for arguments in (("init", "--member", self.uri, "--url", self.url), ("keygen",), ("enroll",)):
            self.environment = {"FILIERE_ENROLMENT_TOKEN": self.enrolment, "FILIERE_TOKEN": self.token}
            done = self.connect(*arguments)
            assert done.returncode == 0, done.stderr
        self.environment = {}

    def status(self) -> dict[str, Any]:
        """What the connector says of itself."""
        found: dict[str, Any] = json.loads(self.connect("status", "--json").stdout)
        return found

    def events(self) -> list[dict[str, Any]]:
        """The events on the instance that the company is the source of, through the standard's own interface."""
        found: list[dict[str, Any]] = []
        headers = {"Authorization": f"Bearer {self.token}", "GS1-EPCIS-Version": "2.0.0"}
        path: str | None = "/epcis/events?perPage=500"
        while path is not None:
            answer = httpx.get(f"{self.url}{path}", headers=headers, timeout=10)
            answer.raise_for_status()
            found += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            following = answer.links.get("next", {}).get("url")
            path = None if following is None else httpx.URL(following).raw_path.decode()
        return [event for event in found if {"type": "owning_party", "source": self.uri} in event.get("sourceList", ())]

    def trace(self, uri: str, direction: str = "both") -> dict[str, Any]:
        """Trace an object."""
        answer = httpx.get(
            f"{self.url}/api/v1/trace",
            params={"object": uri, "direction": direction},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
