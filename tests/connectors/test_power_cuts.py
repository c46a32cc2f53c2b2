"""The connector is killed at any row, before and after any request: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from datetime import timedelta

import pytest

from builders.company import Company, ServedInstance
from builders.sheets import HEADERS, changed
from filiere_connectors.runner import Wishes, run_once, system_clock
from filiere_connectors.workspace import open_workspace
from servers.filiere import Filiere

ROWS = 40
POINTS = [
    *(f"signed:{n}" for n in (1, 17, ROWS)),
    *(f"kept:{n}" for n in (1, 2, 3, 5)),
    *(f"sending:{n}" for n in (1, 3)),
    *(f"answered:{n}" for n in (1, 2, 4)),
    *(f"settled:{n}" for n in (1, 4)),
    "proved:1",
]


def prepare(company: Company) -> None:
    rows = [HEADERS, *(changed(BL=f"BL{n}", Lot=f"L{n}") for n in range(ROWS))]
    (company.folder / "ventes.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    company.connect("init", "--from", "ventes.csv")
    flow = company.folder / "flows" / "ventes.toml"
    flow.write_text(flow.read_text(encoding="utf-8") + "\n[deliver]\nbatch = 10\n", encoding="utf-8")


def lots(company: Company) -> list[str]:
    mine = company.events()
    return sorted(event["quantityList"][0]["epcClass"].rpartition("/")[2] for event in mine)


EXPECTED = sorted(f"L{n}" for n in range(ROWS))


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(
    point: str, company: Company, instance: ServedInstance
) -> None:
    prepare(company)
    killed = company.connect("run", crash_at=point)
    assert killed.returncode == -signal.SIGKILL
    done = company.connect("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lots(company) == EXPECTED
    assert instance.log_holds()


def test_an_instance_that_is_away_loses_nothing(newcomer: Callable[[], Company], instance: ServedInstance) -> None:
    company = newcomer()
    company.board()
    prepare(company)
    server: Filiere = instance.server
    server.kill()
    try:
        away = company.connect("run", "--patience", "0")
        assert away.returncode == 4
        assert "server-away" in away.stderr
        assert company.connect("status").returncode == 4
        assert company.status()["queued"] == ROWS
        assert company.status()["failures"] == 1
    finally:
        server.start()
    assert company.connect("run").returncode == 0
    assert lots(company) == EXPECTED


def test_a_disk_that_is_full_says_so_and_loses_nothing(company: Company) -> None:
    prepare(company)
    assert company.connect("run", crash_at="kept:1").returncode == -signal.SIGKILL  # the spool is there, empty

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))

    full = company.connect("run", preexec_fn=small_disk)
    assert full.returncode == 1, full.stdout + full.stderr
    assert "disk-full" in full.stderr
    assert company.connect("run").returncode == 0
    assert lots(company) == EXPECTED


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_changes_nothing(hours: int, company: Company) -> None:
    prepare(company)
    workspace = open_workspace(company.folder)
    report = run_once(
        workspace,
        workspace.flows(),
        wishes=Wishes(publish_patience=20),
        clock=lambda: system_clock() + timedelta(hours=hours),
    )
    assert (report.stored, report.published, report.queued) == (ROWS, ROWS, 0)
    assert company.connect("run").returncode == 0  # with the right clock again
    assert lots(company) == EXPECTED


def test_two_runs_at_once_are_one_and_a_refusal(company: Company) -> None:
    from filiere_connectors.workspace import sole_runner

    prepare(company)
    with sole_runner(open_workspace(company.folder)):
        second = company.connect("run")
    assert second.returncode == 1
    assert "already-running" in second.stderr
    assert company.connect("run").returncode == 0
    assert lots(company) == EXPECTED
