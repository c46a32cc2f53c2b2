"""A connector that discards what it signed closes its chain, and sees by itself what the instance leaves out."""

from __future__ import annotations

import signal
import sqlite3
import time
from typing import Any

from builders.company import Company, ServedInstance
from builders.sheets import HEADERS, changed
from filiere_connectors.client import Client
from filiere_connectors.spooling import load_signer
from filiere_connectors.workspace import open_workspace
from filiere_platform import bootstrap

ROWS = 12
PATIENCE_SECONDS = 30


def prepare(company: Company) -> None:
    rows = [HEADERS, *(changed(BL=f"BL{n}", Lot=f"L{n}") for n in range(ROWS))]
    (company.folder / "ventes.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    company.connect("init", "--from", "ventes.csv")


def chain_of(company: Company, *, highest: int) -> dict[str, Any]:
    """What the connector makes of the instance's chain, once the instance has followed it that far."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        followed = shown(company)
        if followed and followed[-1][1] >= highest:
            found: dict[str, Any] = company.status()["chain"]
            return found
        assert time.monotonic() < deadline, followed
        time.sleep(0.1)


def shown(company: Company) -> list[tuple[int, int]]:
    workspace = open_workspace(company.folder)
    with Client(workspace.url, token=workspace.read_token()) as client:
        runs = client.chain(load_signer(workspace).key.public.thumbprint)["runs"]
    return [(run["firstSeq"], run["lastSeq"]) for run in runs]


def test_a_connector_that_is_killed_and_discards_leaves_a_whole_chain(
    company: Company, instance: ServedInstance
) -> None:
    prepare(company)
    assert company.connect("run", crash_at="sending:1").returncode == -signal.SIGKILL
    listed = company.connect("discard")
    assert len(listed.stdout.splitlines()) == ROWS
    assert company.connect("discard", "5").returncode == 2  # a reason is needed
    killed = company.connect("discard", "5", "--reason", "saisi deux fois", crash_at="signed:1")
    assert killed.returncode == -signal.SIGKILL
    assert len(company.connect("discard").stdout.splitlines()) == ROWS
    assert company.connect("discard", "5", "--reason", "saisi deux fois").returncode == 0
    assert company.connect("run", "--wait-published", "20").returncode == 0
    assert len(company.events()) == ROWS - 1
    assert company.status()["published"] == ROWS  # eleven events and the void
    assert chain_of(company, highest=ROWS + 1) == {"missing": [], "withheld": [], "foreign": []}
    assert shown(company) == [(1, ROWS + 1)]
    # The row that was discarded is not signed again.
    assert company.connect("run").returncode == 0
    assert shown(company) == [(1, ROWS + 1)]
    assert instance.log_holds()


def test_what_was_stored_and_not_answered_stays_stored_when_it_is_discarded(company: Company) -> None:
    prepare(company)
    assert company.connect("run", crash_at="answered:1").returncode == -signal.SIGKILL
    assert company.connect("discard", "5", "--reason", "x").returncode == 0
    assert company.connect("run", "--wait-published", "20").returncode == 3  # the void is in quarantine
    assert "void-of-stored" in company.connect("quarantine").stdout
    assert len(company.events()) == ROWS
    assert chain_of(company, highest=ROWS + 1) == {"missing": [], "withheld": [], "foreign": []}
    assert shown(company) == [(1, ROWS + 1)]


def test_an_instance_that_leaves_out_what_it_acknowledged_is_found_out(
    company: Company, instance: ServedInstance
) -> None:
    prepare(company)
    assert company.connect("run", "--wait-published", "20").returncode == 0
    chain_of(company, highest=ROWS)
    kid = kid_of(company)
    # The operator takes a record out of the database, and has everything derived again without it.
    instance.server.stop()
    with sqlite3.connect(instance.settings.data_dir / "filiere.db", timeout=30) as database:
        index = index_of(company, 7)
        row = database.execute("SELECT * FROM record WHERE log_index = ?", (index,)).fetchone()
        database.execute("UPDATE record SET body = NULL WHERE log_index = ?", (index,))
    database.close()
    try:
        with bootstrap.open_platform(instance.settings) as platform:
            assert platform.chain_follower().catch_up(afresh=True)
            with platform.database.unit_of_work() as uow:
                assert [(r.first_seq, r.last_seq) for r in uow.chains.all() if r.kid == kid] == [(1, 6), (8, ROWS)]
        instance.server.start()
        status = company.connect("status")
        assert status.returncode == 1
        assert "ALERTE" in status.stdout
        assert company.status()["chain"]["withheld"] == [[7, 7]]
    finally:
        with sqlite3.connect(instance.settings.data_dir / "filiere.db", timeout=30) as database:
            database.execute("UPDATE record SET body = ? WHERE log_index = ?", (row[6], index))
        database.close()


def kid_of(company: Company) -> str:
    return load_signer(open_workspace(company.folder)).key.public.thumbprint


def index_of(company: Company, seq: int) -> int:
    with sqlite3.connect(open_workspace(company.folder).spool_path) as spool:
        (found,) = spool.execute("SELECT log_index FROM record WHERE seq = ?", (seq,)).fetchone()
    spool.close()
    return int(found)
