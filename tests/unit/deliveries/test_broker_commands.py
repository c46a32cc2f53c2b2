"""The commands that are printed are those of docs/bus.md, for the member's own queue and no other."""

from __future__ import annotations

from codebase import ROOT
from filiere_platform.bus.topology import Topology, broker_commands


def test_the_printed_commands_are_the_documented_ones() -> None:
    text = (ROOT / "docs" / "bus.md").read_text(encoding="utf-8")
    for is_active in (True, False):
        for command in broker_commands("amqp://u:p@host:5672/filiere", Topology(), 17, is_active=is_active):
            assert command.replace("'", "") in text.replace("'", "")


def test_a_prefix_and_the_first_virtual_host_are_named_and_no_password_is() -> None:
    (command,) = broker_commands("amqp://u:secret@host/%2F", Topology(prefix="a.b$"), 3, is_active=True)
    rights = r"'^$' '^a\.b\$filiere\.capture$' '^a\.b\$filiere\.(dead|member|stream)\.3$'"
    assert command == f"rabbitmqctl set_permissions -p / 'a.b$member-3' {rights}"
