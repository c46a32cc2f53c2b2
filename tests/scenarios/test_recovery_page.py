"""The commands of docs/recovery.md are typed as they are printed, in their order, and do what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from builders.events import MILK_LOT, an_object_event
from builders.instance import open_instance
from codebase import ROOT
from contracts.backup.conftest import numbered
from contracts.log.conftest import wait_until_published

PAGE = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")
BLOCK = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
TYPED = re.compile(r"`((?:FILIERE_\w+=\S+ )?filiere [^`]+)`")


def _typed_in(folder: Path, copies: Path) -> Callable[..., str]:
    """A shell on the machine of the instance in a folder; `/backups` of the page is somewhere else here."""

    def shell(command: str, *, status: int = 0) -> str:
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "FILIERE_DATA_DIR": str(folder / "data"),
            "FILIERE_LANG": "en",
        }
        done = subprocess.run(
            ["bash", "-euc", command.replace("/backups", str(copies))],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, (command, done.stdout, done.stderr)
        return done.stdout

    return shell


def test_the_commands_of_the_runbook_do_what_it_says(tmp_path: Path) -> None:
    lot, scratch, copies = tmp_path / "lot.zip", tmp_path / "scratch", tmp_path / "copies"
    copies.mkdir()

    shell = _typed_in(tmp_path, copies)
    with open_instance(tmp_path) as instance:
        dairy = instance.admit("dairy")
        assert dairy.send_events(*numbered(2)).status_code == 200
        wait_until_published(instance)
        assert BLOCK is not None
        shell(BLOCK[1])
        # Two records that the backup does not know: one is in an exported lot, the other in nobody's hands.
        assert dairy.client.post("/epcis/events", json=an_object_event(), headers=dairy.headers).status_code == 201
        wait_until_published(instance)
        shell(f"filiere bundle {MILK_LOT} -o {lot}")
        assert dairy.send_events(*numbered(1, start=9)).status_code == 200
        size = wait_until_published(instance)
    [backup] = copies.iterdir()

    steps = PAGE.partition("## What changes")[0]
    typed = [command for command in TYPED.findall(steps) if not command.endswith(("serve", "worker", "doctor"))]
    assert typed == [
        "filiere restore FILE --into FOLDER",
        "filiere restore",
        "filiere restore FILE",
        "filiere token create URI",
        "filiere recover",
        "filiere recover --wait 600",
        "filiere recover --declare-lost",
        "filiere fsck",
        "filiere fsck --deep",
    ]
    into, _, restore, lend, recover, wait, declare, fsck, deep = (
        command.replace("FILE", str(backup)).replace("FOLDER", str(scratch)).replace("600", "0.1") for command in typed
    )
    assert "scratch" in shell(into)
    assert "a closed instance is" not in shell("filiere doctor || true")
    for path in (tmp_path / "data").glob("filiere.db*"):
        path.unlink()
    shell(restore, status=3)
    assert "instance-closed" in shell("filiere doctor || true")
    assert "fil_" in shell(lend.replace("URI", dairy.uri))
    shell(recover, status=3)
    shell(f"{wait} --from {lot}", status=3)
    assert "open" in shell(f"{declare} --yes")
    assert "1 in the incident of" in shell(fsck)
    shell(deep)
    with open_instance(tmp_path, is_founded=True) as instance:
        assert instance.log_size() == size + 1  # and the entry that tells of the incident
