"""A witness of our own as a process on loopback, which may be told to die at any line of its own code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from filiere_schemas.provenance.add_checkpoint import format_request
from filiere_schemas.provenance.note import VerifierKey
from filiere_witness.folder import WitnessFolder
from servers.process import Server

SCRIPT = Path(__file__).with_name("crashing_witness.py")


class WitnessProcess(Server):
    """`filiere-witness serve` on a folder of its own."""

    name = "witness"

    def __init__(self, folder: Path, name: str, *logs: VerifierKey) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder=folder)
        self.kept = WitnessFolder.create(folder / "witness", name)
        for log in logs:
            self.kept.add_log(log)
        self.crash_at = 0  # how many lines of its own it runs, once it listens, before it kills itself

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def verifier(self) -> VerifierKey:
        return self.kept.verifier

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def add(self, old: int, proof: list[bytes], note: bytes) -> httpx.Response:
        """Submit a head."""
        return self.post(format_request(old, proof, note))

    def post(self, body: bytes) -> httpx.Response:
        """Send a body as it is."""
        return httpx.post(f"{self.url}/add-checkpoint", content=body, timeout=10)

    def _launch(self) -> subprocess.Popen[bytes]:
        command = ["--dir", str(self.kept.path), "serve", "--port", str(self.port)]
        environment = {"FILIERE_TEST_CRASH_AT": str(self.crash_at), "PYTHONPATH": os.pathsep.join(sys.path)}
        return self._spawn([sys.executable, str(SCRIPT), *command], environment)
