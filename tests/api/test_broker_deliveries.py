"""What a member does about its queue and its stream on the broker: over HTTP, on the page, and at the console."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest
from click.testing import CliRunner

from builders.events import an_object_event
from builders.house import FixedClock, House
from builders.instance import Instance, open_instance
from filiere_platform.bus.declaring import is_there
from filiere_platform.cli.main import filiere
from filiere_platform.domain.principal import Role
from mailboxes import BrokerMailboxes
from wire import wait_until

pytestmark = pytest.mark.rabbitmq


@pytest.fixture
def house(tmp_path: Path, rabbitmq_url: str, bus_prefix: str) -> Iterator[House]:
    mailboxes = BrokerMailboxes(rabbitmq_url, bus_prefix)
    mailboxes.open(range(1, 9))
    clock = FixedClock()
    with open_instance(tmp_path, broker_url=rabbitmq_url, broker_prefix=bus_prefix, clock=clock) as opened:
        yield House(instance=opened, clock=clock)
    mailboxes.close()


def member_id(instance: Instance, uri: str) -> int:
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(uri)
    assert member is not None
    return member.id


@pytest.fixture
def at_console(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    settings = house.instance.platform.settings
    for name in ("data_dir", "broker_url", "broker_prefix"):
        monkeypatch.setenv(f"FILIERE_{name.upper()}", str(getattr(settings, name)))

    def run(code: int, *arguments: str) -> str:
        done = CliRunner().invoke(filiere, ["deliveries", *arguments])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return run


def test_a_members_dead_letters_are_listed_shown_sent_again_and_discarded_on_every_surface(
    house: House, at_console: Callable[..., str], rabbitmq_url: str
) -> None:
    sender = house.instance.admit("Laiterie")
    names, member = house.instance.platform.topology, member_id(house.instance, sender.uri)
    admin = house.person("admin@example.org", Role.ADMINISTRATOR, member=sender.uri)
    ask = functools.partial(house.instance.client.request, headers=sender.headers)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as connection:
        channel = connection.channel()

        def give_up() -> None:
            got = (None, None, None)

            def arrived() -> object:
                nonlocal got
                got = channel.basic_get(names.member_queue(member))
                return got[0]

            wait_until(arrived)
            channel.basic_reject(got[0].delivery_tag, requeue=False)

        def letters() -> list[dict]:
            return ask("GET", "/api/v1/deliveries/dead").json()["letters"]

        assert sender.send_events(an_object_event()).status_code == 200
        wait_until(lambda: is_there(rabbitmq_url, names.member_queue(member)))
        give_up()
        wait_until(letters)
        [letter] = letters()
        assert (letter["road"], letter["state"]) == ("queue", "dead")
        shown = ask("GET", f"/api/v1/deliveries/dead/{letter['id']}").json()
        assert shown["content"][0]["specversion"] == "1.0"
        assert f'id="d-{letter["id"]}"' in admin.get("/deliveries").text
        assert letter["id"] in at_console(0, "dead", "list")
        assert admin.post("/deliveries/dead", letter=letter["id"], change="retry").status_code == 303
        assert letters() == []
        give_up()
        wait_until(letters)
        [again] = letters()
        answer = ask("POST", f"/api/v1/deliveries/dead/{again['id']}/discard", json={"reason": "lu ailleurs"})
        assert answer.status_code == 204
        assert letters() == []


def test_a_member_chooses_its_stream_over_http_on_the_page_and_at_the_console(
    house: House, at_console: Callable[..., str]
) -> None:
    sender = house.instance.admit("Laiterie")
    name = house.instance.platform.topology.stream(member_id(house.instance, sender.uri))
    admin = house.person("admin@example.org", Role.ADMINISTRATOR, member=sender.uri)
    ask = functools.partial(house.instance.client.request, headers=sender.headers, url="/api/v1/deliveries/stream")
    assert ask("GET").json() == {"written": False, "name": name}
    assert ask("PUT", json={"fromBeginning": True}).json() == {"written": True, "name": name}
    assert name in at_console(0, "stream", "list")
    assert "Vos événements y sont écrits" in admin.get("/deliveries").text
    assert admin.post("/deliveries/stream", change="end").status_code == 303
    assert ask("GET").json()["written"] is False
    assert admin.post("/deliveries/stream", change="begin").status_code == 303
    assert ask("DELETE").json()["written"] is False
    assert at_console(0, "stream", "begin", sender.uri, "--from-beginning").strip() == name
    assert at_console(0, "stream", "end", sender.uri) == ""
    acts = admin.get("/audit").text
    assert acts.count("<code>delivery-stream.begin</code>") == acts.count("<code>delivery-stream.end</code>") == 3
