"""Publishers that die or freeze at one file operation: a program that forks them, and what a test says to it.

Each is a process of its own that leads, signs and writes as `filiere worker` does. It is forked from one that has
loaded the platform already, because a test starts dozens of them.

A point is `<what>-<step>`: what is `tiles` (with the bundles), `anchor`, `checkpoint` or `superseded`, and the steps
of a write are `opened`, `written`, `synced`, `renamed` and `named` (the folder is synced). Others: `term-made` (the
folder is held), `gathered` (what to sign is decided, nothing is written), `folder-made` (for new tiles),
`superseded-removed`, `superseded-folder`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # what follows is found only with the tests' folder on the path
    sys.path[:] = os.environ["PYTHONPATH"].split(os.pathsep)

from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_platform.tiles import disk as disk_module
from filiere_platform.tiles.disk import Disk
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.worker import publisher as publisher_module
from servers.process import Server

STEPS = ("opened", "written", "synced", "renamed", "named")
POINTS = (
    "term-made",
    "gathered",
    "folder-made",
    *(f"{what}-{step}" for what in ("tiles", "anchor", "checkpoint") for step in STEPS),
    "superseded-removed",
    "superseded-folder",
)


class Publishers(Server):
    """Forks publishers of one instance on demand; ends all of them with itself."""

    name = "publishers"

    def __init__(self, environment: Mapping[str, str], *, folder: Path) -> None:
        super().__init__(folder=folder)
        self.environment = dict(environment)
        self.spawned = 0

    @property
    def url(self) -> str:
        return ""

    def answers(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def spawn(self, point: str = "", *, nth: int = 1, sends: signal.Signals = signal.SIGKILL) -> Publisher:
        """Start a publisher; at the n-th passage of the point it sends itself the signal."""
        assert self.process
        assert self.process.stdin
        self.spawned += 1
        note = self.folder / f"{self.spawned}.point"
        born = self.folder / f"{self.spawned}.pid"
        order = {"point": point, "nth": nth, "signal": sends.name, "note": str(note), "born": str(born)}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        return Publisher(born=born, note=note)

    def _launch(self) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, __file__],
                cwd=self.folder,
                env={**os.environ, **self.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )


class Publisher:
    """One of them; files say what it does, because nobody waits for it."""

    def __init__(self, *, born: Path, note: Path) -> None:
        self._born = born
        self._note = note

    @property
    def point(self) -> str:
        """The point that it has reached, empty before."""
        return self._note.read_text() if self._note.exists() else ""

    @property
    def pid(self) -> int:
        """Its process, 0 before it is born."""
        return int(self._born.read_text() or "0") if self._born.exists() else 0

    @property
    def is_dead(self) -> bool:
        """Whether it has lived and lives no longer."""
        return self.pid != 0 and not Path(f"/proc/{self.pid}").exists()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this one alone."""
        os.kill(self.pid, number)


class _Points:
    """Wraps the file operations of this process, each with what it is for."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.order = order
        self.what = "other"
        self.passages = 0
        self.lock = threading.Lock()
        self.is_folder = threading.local()

    def reach(self, point: str) -> None:
        if point != self.order["point"]:
            return
        with self.lock:
            self.passages += 1
            if self.passages != self.order["nth"]:
                return
            _write_whole(Path(self.order["note"]), point)
            os.kill(os.getpid(), signal.Signals[self.order["signal"]])

    def install(self) -> None:
        disk_module.os = _Os(self)  # type: ignore[assignment,attr-defined]  # os, with two functions wrapped
        self._after(Disk, "rename", lambda: f"{self.what}-renamed")
        self._after(Disk, "remove", lambda: f"{self.what}-removed")
        self._after(Disk, "remove_folder", lambda: f"{self.what}-folder")
        self._after(Disk, "make_folder", lambda: "folder-made" if self.what == "tiles" else "term-made")
        self._within(TileFolder, "write", lambda files: "checkpoint" if files[0][0] == "checkpoint" else "tiles")
        self._within(TileFolder, "write_anchor", lambda _: "anchor")
        self._within(TileFolder, "remove", lambda _: "superseded")
        publish = publisher_module.publish

        def wrapped(*args: Any) -> Any:
            self.reach("gathered")
            return publish(*args)

        publisher_module.publish = wrapped
        synced = Disk.sync_folder

        def sync_folder(disk: Disk, path: Path) -> None:
            self.is_folder.now = True
            try:
                synced(disk, path)
            finally:
                self.is_folder.now = False
            self.reach(f"{self.what}-named")

        Disk.sync_folder = sync_folder  # type: ignore[method-assign]

    def _after(self, owner: type, name: str, point: Callable[[], str]) -> None:
        original = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            self.reach(point())
            return result

        setattr(owner, name, wrapped)

    def _within(self, owner: type, name: str, what: Callable[[Any], str]) -> None:
        original = getattr(owner, name)

        def wrapped(folder: TileFolder, argument: Any) -> Any:
            before, self.what = self.what, what(argument) if argument else self.what
            try:
                return original(folder, argument)
            finally:
                self.what = before

        setattr(owner, name, wrapped)


class _Os:
    """The system's calls as the disk sees them; those on files pass points, those on folders do not."""

    def __init__(self, points: _Points) -> None:
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, *args: Any) -> int:
        descriptor = os.open(*args)
        self._reach("opened")
        return descriptor

    def fsync(self, descriptor: int) -> None:
        self._reach("written")
        os.fsync(descriptor)
        self._reach("synced")

    def _reach(self, step: str) -> None:
        if not getattr(self._points.is_folder, "now", False):
            self._points.reach(f"{self._points.what}-{step}")


def _write_whole(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text)
    part.rename(path)


def _live(order: Mapping[str, Any]) -> None:
    _write_whole(Path(order["born"]), str(os.getpid()))
    if order["point"]:
        _Points(order).install()
    with bootstrap.open_platform(read_settings()) as platform:
        platform.publisher().run(threading.Event())


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        if os.fork() == 0:
            _live(json.loads(line))
            os._exit(0)


if __name__ == "__main__":
    main()
