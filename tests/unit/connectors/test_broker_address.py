"""Where the broker is, and what is a member's there, follows from one address without a secret."""

from __future__ import annotations

import pytest

from filiere_connectors.broker_address import BrokerAddress


def test_everything_follows_from_the_users_name() -> None:
    found = BrokerAddress.parse("amqps://food.member-17@broker.example:5699/fili%C3%A8re")
    assert found is not None
    assert (found.host, found.port, found.vhost, found.user) == ("broker.example", 5699, "filière", "food.member-17")
    assert (found.capture_exchange, found.queue) == ("food.filiere.capture", "food.filiere.member.17")
    assert found.is_encrypted
    near = BrokerAddress.parse("amqp://member-1@localhost")
    assert near is not None
    assert (near.port, near.vhost, near.prefix, near.is_encrypted) == (5672, "/", "", False)


@pytest.mark.parametrize(
    "address",
    [
        "amqps://member-1:secret@broker.example",
        "amqp://member-1@broker.example",  # in the clear, to another machine
        "amqps://guest@broker.example",
        "amqps://member-01@broker.example",
        "amqps://member-١@broker.example",
        "amqps://member-1@broker.example/?heartbeat=0",
        "https://member-1@broker.example",
        "amqps://member-1@:5671",
        "amqps://member-1@broker.example:port",
        "",
    ],
)
def test_an_address_that_is_unsafe_or_nobodys_is_none(address: str) -> None:
    assert BrokerAddress.parse(address) is None


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(
        BrokerAddress(
            host="h", port=1, vhost="/", user="member-1", prefix="", member_id=1, is_encrypted=True, password="secret"
        )
    )
