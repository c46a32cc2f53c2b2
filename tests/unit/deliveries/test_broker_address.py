"""The addresses of a broker: of one node, or of those of one cluster, and never a password in a message."""

from __future__ import annotations

import pytest

from filiere_platform.domain.broker_address import nodes_of, virtual_host
from filiere_platform.settings import SettingsError, read_settings

TWO = "amqp://u:p%2C@a:5672/food, amqps://u:p%2C@b:5671/food"


def test_nodes_are_named_by_commas_and_share_a_virtual_host() -> None:
    assert nodes_of(TWO) == ("amqp://u:p%2C@a:5672/food", "amqps://u:p%2C@b:5671/food")
    assert virtual_host(TWO) == "food"
    assert virtual_host("amqp://u:p@a/%2F") == virtual_host("amqp://u:p@a") == "/"


@pytest.mark.parametrize("wrong", ["", " , ", "http://a", "amqp://u:hush@a/x,b", "amqp://u:hush@a/x,amqp://u:hush@b/y"])
def test_what_is_no_broker_is_refused_without_its_password(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        nodes_of(wrong)
    assert "hush" not in str(refused.value)


def test_settings_take_a_cluster_and_refuse_a_known_password_at_any_node() -> None:
    assert read_settings({"FILIERE_BROKER_URL": TWO}).broker_url == TWO.replace(" ", "")
    with pytest.raises(SettingsError, match="everybody knows"):
        read_settings({"FILIERE_BROKER_URL": "amqp://u:fine-one@a/x,amqp://guest:guest@b/x"})
    with pytest.raises(SettingsError, match="one virtual host"):
        read_settings({"FILIERE_BROKER_URL": "amqp://u:fine-one@a/x,amqp://u:fine-one@b/y"})
