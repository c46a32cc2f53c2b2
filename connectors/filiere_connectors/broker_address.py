"""Where an instance's broker is, as a company's programs reach it, as whom, and what is theirs there.

Everything follows from the name of the member's user, `{prefix}member-{id}` (docs/bus.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

ADDRESS: Final = "amqps://{prefix}member-{id}@host[:port]/vhost"
_USER: Final = re.compile(r"(?P<prefix>.*)member-(?P<id>[1-9][0-9]{0,17})", re.ASCII)
_NEAR: Final = frozenset({"127.0.0.1", "localhost"})
_PORTS: Final = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is and as whom it is entered."""

    host: str
    port: int
    vhost: str
    user: str
    prefix: str
    member_id: int
    is_encrypted: bool
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, address: str) -> BrokerAddress | None:
        """Read `amqps://USER@HOST[:PORT]/VHOST`; None where it is none, or has a password in it.

        Without TLS only this machine is reached.
        """
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return None
        user = _USER.fullmatch(unquote(parts.username or ""))
        is_safe = parts.scheme == "amqps" or (parts.scheme == "amqp" and parts.hostname in _NEAR)
        if user is None or not is_safe or parts.hostname is None or parts.password or parts.query or parts.fragment:
            return None
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            vhost=unquote(parts.path.removeprefix("/")) or "/",
            user=user[0],
            prefix=user["prefix"],
            member_id=int(user["id"]),
            is_encrypted=parts.scheme == "amqps",
        )

    @property
    def where(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"

    @property
    def capture_exchange(self) -> str:
        """Where records are sent."""
        return f"{self.prefix}filiere.capture"

    @property
    def queue(self) -> str:
        """Where the member's messages wait."""
        return f"{self.prefix}filiere.member.{self.member_id}"
