"""A worker is killed between the commit and the acknowledgement: its record is stored once."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from broker_programs import Program
from builders.brokered import give_user
from builders.events import an_object_event
from builders.instance import open_instance
from filiere_platform.bus.topology import Topology
from servers.filiere import Filiere

PASSWORD = "of-a-program"

pytestmark = [pytest.mark.rabbitmq, pytest.mark.postgresql]


def test_a_message_whose_worker_died_after_the_commit_is_stored_once_and_answered(
    broker, create_database, tmp_path: Path
) -> None:
    topology, database_url = Topology(prefix=f"t{secrets.token_hex(4)}."), create_database()
    with open_instance(tmp_path, database_url=database_url) as instance:
        sender = instance.admit("dairy")
        member = instance.member(sender.uri)
        size = instance.log_size()
    give_user(broker, topology, member, PASSWORD)
    environment = {
        "FILIERE_DATA_DIR": str(tmp_path / "data"),
        "FILIERE_DATABASE_URL": database_url,
        "FILIERE_BROKER_URL": broker.url,
        "FILIERE_BROKER_PREFIX": topology.prefix,
    }
    worker = Filiere("worker", environment, folder=tmp_path)
    worker.crash_at = "committed:1"
    program = Program("127.0.0.1", broker.port, topology.member_user(member.id), PASSWORD, topology.prefix)
    envelope = sender.sign(an_object_event())
    name = program.send(envelope)
    worker.start()
    try:
        assert worker.wait_for_death(30), worker.log_tail()
        assert worker.crash_point() == "committed"
        assert name not in program.replies
        worker.crash_at = ""
        worker.start()
        reply = program.answer(name, 30)
        assert [(each["status"], each["index"]) for each in reply.body["records"]] == [("known", size)]
        # Every message is acknowledged only now: the second worker had the first's, and this one.
        other = sender.sign(an_object_event(eventID="urn:uuid:00000000-0000-4000-8000-000000000001"))
        both = program.ask(
            json.dumps({"records": [envelope.decode(), other.decode()]}).encode(), content_type="application/json"
        )
        assert [each["index"] for each in both.body["records"]] == [size, size + 1]
    finally:
        program.close()
        worker.stop()
    with open_instance(tmp_path, database_url=database_url, is_founded=True) as instance:
        assert instance.log_size() == size + 2
