"""The connector sends over the broker: reports as over HTTPS, and nothing leaves the spool without a receipt."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from builders.brokered import PASSWORD, BrokeredInstance, set_broker
from builders.company import Company
from builders.served import newcomers
from builders.sheets import GOOD_ROW, HEADERS, changed
from filiere_platform import bootstrap
from filiere_platform.domain.member import MemberStatus
from wire import wire_to

pytestmark = pytest.mark.rabbitmq

FILE = "Expéditions mars.csv"


def write(company: Company, *rows: tuple[str, ...]) -> None:
    lines = [";".join(row) for row in (HEADERS, *rows)]
    (company.folder / FILE).write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))


def test_records_go_over_the_broker_and_leave_the_spool_with_their_receipt_alone(
    brokered: BrokeredInstance, broker, certificate, tls_port: int, tmp_path: Path
) -> None:
    company = newcomers(brokered, tmp_path)()
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.board()
    assert company.connect("init", "--from", FILE).returncode == 0
    user = brokered.bring_to_broker(company)
    (company.folder / "secrets" / "broker").write_text(f"{PASSWORD}\n")

    with wire_to(broker.url) as (wire, through):
        set_broker(company, f"amqp://{user}@{urlsplit(through).netloc.rpartition('@')[2]}/%2F")
        checked = company.connect("check", "--connect")
        assert checked.returncode == 0, checked.stderr
        wire.cut()
        waits = company.connect("run", "--patience", "0.1")
        assert waits.returncode == 4, waits.stdout
        assert "courtier" in waits.stderr
        assert company.status()["queued"] == 2
        wire.mend()
        ran = company.connect("run", "--wait-published", "20")
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert company.status()["published"] == 2
    assert len(company.events()) == 2
    assert wire.bytes_sent > 2_000  # the records went this way

    # Sent again they are known, as after a lost answer; another content under the same eventID is refused and told.
    # Over TLS, with the broker's certificate checked: nobody's is believed without it.
    set_broker(company, f"amqps://{user}@127.0.0.1:{tls_port}/%2F")
    assert company.connect("check", "--connect").returncode == 1
    company.environment = {"SSL_CERT_FILE": str(certificate.certificate)}
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"), changed(BL="BL3", Lot="F0306"))
    with bootstrap.open_database(brokered.settings) as database, database.unit_of_work() as uow:
        (member,) = (each for each in uow.members.all() if each.uri == company.uri)
        uow.members.set_status(member.id, MemberStatus.SUSPENDED)
    suspended = company.connect("run")
    assert suspended.returncode == 4
    assert "member-suspended" in suspended.stderr
    assert company.status()["queued"] == 1
    with bootstrap.open_database(brokered.settings) as database, database.unit_of_work() as uow:
        uow.members.set_status(member.id, MemberStatus.ACTIVE)
    assert company.connect("run").returncode == 0
    assert len(company.events()) == 3

    (company.folder / "secrets" / "broker").write_text("not-the-password\n")
    write(company, GOOD_ROW, changed(BL="BL4", Lot="F0307"))
    refused = company.connect("run")
    assert refused.returncode == 4
    assert "refuse l'accès" in refused.stderr
    assert "not-the-password" not in refused.stdout + refused.stderr
    assert company.status()["queued"] == 1

    set_broker(company, f"amqps://{user}:not-for-you@127.0.0.1/%2F")
    malformed = company.connect("status")
    assert malformed.returncode == 1
    assert "broker" in malformed.stderr
    assert "not-for-you" not in malformed.stdout + malformed.stderr
