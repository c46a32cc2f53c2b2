"""A company receives with the connector's own command: over a real broker and over HTTPS, through a restart."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pika
import pytest

import servers
from builders.brokered import PASSWORD, BrokeredInstance, set_broker
from builders.company import CONNECT, Company
from builders.events import an_object_event
from builders.served import newcomers
from codebase import ROOT
from wire import wait_until

pytestmark = pytest.mark.rabbitmq

EXAMPLE = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "receive.md").read_text(encoding="utf-8"), re.DOTALL)


def captured(company: Company, *numbers: int) -> None:
    """Have a company send events that the whole sector sees; they are attested on receipt."""
    for number in numbers:
        event = an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}")
        headers = {"Authorization": f"Bearer {company.token}"}
        answer = httpx.post(f"{company.url}/epcis/events", json=event, headers=headers, timeout=20)
        assert answer.status_code == 201, answer.text


def prepare(company: Company, address: str) -> None:
    """Make a workspace that is not enrolled: receiving takes none."""
    assert company.connect("init", "--member", company.uri, "--url", company.url).returncode == 0
    (company.folder / "secrets").mkdir(exist_ok=True)
    for name, secret in (("broker", PASSWORD), ("token", company.token)):
        (company.folder / "secrets" / name).write_text(secret)
    set_broker(company, address)


def taken(folder: Path) -> set[str]:
    """The last digits of the events whose files are there."""
    return {json.loads(path.read_bytes())["data"]["eventID"][-2:] for path in folder.glob("*.json")}


def test_each_event_is_handed_over_once_whatever_the_road_and_a_rejected_one_alone_waits(
    brokered: BrokeredInstance, broker: servers.RabbitMQ, tmp_path: Path
) -> None:
    admit = newcomers(brokered, tmp_path)
    sender, company = admit(), admit()
    user = brokered.bring_to_broker(company)
    prepare(company, f"amqp://{user}@127.0.0.1:{broker.port}/%2F")
    incoming = company.folder / "incoming"

    # It goes on through a restart of the broker, and ends when it is told to.
    environment = {**os.environ, "FILIERE_LANG": "en"}
    with (company.folder / "errors").open("wb") as errors:
        receiver = subprocess.Popen(
            [CONNECT, "receive", "--to", "incoming"], cwd=company.folder, env=environment, stderr=errors
        )
        captured(sender, 1, 2)
        wait_until(lambda: taken(incoming) == {"01", "02"}, 30)
        broker.control("stop_app")
        captured(sender, 3)
        broker.control("start_app")
        wait_until(lambda: taken(incoming) == {"01", "02", "03"}, 60)
        receiver.terminate()
        assert receiver.wait(20) == 0
    assert "received 3" in (company.folder / "errors").read_text()

    # The same message again, and the same stream over HTTPS: known. A message that is no batch: to the dead letters.
    body = json.dumps([json.loads(path.read_bytes()) for path in sorted(incoming.glob("*.json"))]).encode()
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        queue = f"{brokered.topology.prefix}filiere.member.{user.rpartition('-')[2]}"
        for content in (body, b"no batch"):
            channel.basic_publish("", queue, content)
        again = company.connect("receive", "--once", "--to", "again")
        assert (again.returncode, taken(company.folder / "again")) == (0, set()), again.stderr
        assert "reçus 0 · déjà connus 3" in again.stderr
        method, _, letter = channel.basic_get(queue.replace(".member.", ".dead."), auto_ack=True)
        assert (method is not None, letter) == (True, b"no batch")
    # What the sector shared before the company was there comes over HTTPS alone: the bus began with the company.
    over_https = company.connect("receive", "--once", "--over", "https", "--to", "earlier")
    assert over_https.returncode == 0, over_https.stderr
    assert "déjà connus 3" in over_https.stderr
    assert taken(company.folder / "earlier").isdisjoint({"01", "02", "03"})

    # One of two is rejected by a program; its neighbour is taken; then the page's own function takes what is left.
    captured(sender, 4, 5)
    script = company.folder / "import.sh"
    script.write_text('grep -q "8000-000000000004" && { echo "no such lot" >&2; exit 65; }; exit 0\n')
    rejecting = company.connect("receive", "--once", "--over", "https", "--exec", "sh import.sh")
    assert rejecting.returncode == 3, rejecting.stderr
    assert "reçus 1 · déjà connus 0 · rejetés 1" in rejecting.stderr
    listed = company.connect("receive", "--rejected")
    (line,) = map(json.loads, listed.stdout.splitlines())
    assert (listed.returncode, line["reason"]) == (3, "no such lot")
    assert EXAMPLE is not None
    (company.folder / "my_erp.py").write_text(EXAMPLE[1])
    mended = company.connect("receive", "--again", "--call", "my_erp:take")
    assert mended.returncode == 0, mended.stderr
    over_broker = company.connect("receive", "--once", "--over", "broker", "--call", "my_erp:take")
    assert "reçus 0 · déjà connus 2" in over_broker.stderr
