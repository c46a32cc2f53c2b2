"""The users of members at the broker, kept through the HTTP interface of RabbitMQ's management plugin.

A permission is asked when a program begins to consume, and not again: who is shut out loses the permission first, so
that nobody comes in any more, and then the connections that are open. Without any permission in a virtual host a user
cannot even open it; its password stays, so that it comes back as it was.

Only this instance's virtual host is touched, whatever else the same user may do on the broker.
Source: RabbitMQ 3.10, management plugin, HTTP API: users, permissions, connections.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final
from urllib.parse import quote, unquote

from filiere_platform.bus.management_api import ManagementApi
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.broker_access import AccessFault, BrokerAccessUnknown, BrokerUser, Fault, faults
from filiere_platform.domain.broker_address import virtual_host
from filiere_platform.domain.member import Member, MemberStatus

CLOSING_SECONDS: Final = 2.0  # for a user's connections to end
_FIELDS: Final = ("configure", "write", "read")


class BrokerManagement:
    """Reads and keeps members' users. Used by one thread at a time."""

    def __init__(self, url: str, *, broker_url: str, topology: Topology) -> None:
        """Take the management's address, `http(s)://USER:PASSWORD@HOST:PORT`, and that of the broker itself."""
        self._api = ManagementApi(url)
        self._topology = topology
        self._vhost = quote(virtual_host(broker_url), safe="")

    def examine(self, members: Collection[Member]) -> list[Fault]:
        """Say what is wrong with members' users; changes nothing.

        Raises:
            BrokerAccessUnknown: the management did not answer, or refused.
        """
        names = {member.id: self._topology.member_user(member.id) for member in members}
        wanted = {member.id: self._topology.member_permissions(member.id) for member in members}
        known = {str(user["name"]) for user in self._api.ask("GET", "/api/users") or ()}
        rows = self._api.ask("GET", f"/api/vhosts/{self._vhost}/permissions") or ()
        permissions = {str(row["user"]): tuple(str(row[field]) for field in _FIELDS) for row in rows}
        found = {}
        for member in members:
            if (name := names[member.id]) in known:
                configure, write, read = permissions.get(name, ("", "", ""))
                found[member.id] = BrokerUser(
                    permissions=(configure, write, read) if name in permissions else None,
                    connections=() if member.status is MemberStatus.ACTIVE else self._connections(name),
                )
        return list(faults(members, found, names=names, wanted=wanted))

    def keep(self, members: Collection[Member]) -> list[Fault]:
        """Shut out who is not active and let in who is; gives what was wrong. Makes no user: it has a password.

        Raises:
            BrokerAccessUnknown: the management did not answer, or refused, or a connection is still there; what was
                done before stays done.
        """
        wrong = self.examine(members)
        still: list[str] = []
        for fault in wrong:
            path = f"/api/permissions/{self._vhost}/{quote(fault.user, safe='')}"
            if fault.what is AccessFault.OPEN:
                self._api.ask("DELETE", path)
                self._disconnect(fault.user)
                still += self._left(fault.user)
            elif fault.what is AccessFault.DIFFERS:
                self._api.ask("PUT", path, self._wanted(fault.member))
        if still:
            msg = f"{len(still)} connections of members that are not active are still there"
            raise BrokerAccessUnknown(msg)
        return wrong

    def make(self, member: Member, password: str) -> None:
        """Make a member's user, who may read its own queue and nothing else.

        Raises:
            BrokerAccessUnknown: the management did not answer, or refused.
        """
        user = quote(self._topology.member_user(member.id), safe="")
        self._api.ask("PUT", f"/api/users/{user}", {"password": password, "tags": ""})
        self._api.ask("PUT", f"/api/permissions/{self._vhost}/{user}", self._wanted(member))

    def _wanted(self, member: Member) -> dict[str, str]:
        return dict(zip(_FIELDS, self._topology.member_permissions(member.id), strict=True))

    def _disconnect(self, user: str) -> None:
        """Close a user's connections here.

        One by one they are only known once statistics of them have come, seconds later: where none is of another
        virtual host, all are closed at once.
        """
        everywhere = self._api.ask("GET", self._of_user(user)) or ()
        here = self._connections(user)
        if here and len(here) == len(everywhere):
            self._api.ask("DELETE", self._of_user(user), reason="suspended")
            return
        for connection in here:
            self._api.ask("DELETE", f"/api/connections/{quote(connection, safe='')}", reason="suspended")

    def _left(self, user: str) -> tuple[str, ...]:
        """Give the connections that are still there when the broker has had a moment to end them."""
        deadline = time.monotonic() + CLOSING_SECONDS
        while (left := self._connections(user)) and time.monotonic() < deadline:
            time.sleep(CLOSING_SECONDS / 20)
        return left

    def _connections(self, user: str) -> tuple[str, ...]:
        found = self._api.ask("GET", self._of_user(user)) or ()
        here = unquote(self._vhost)
        return tuple(str(each["name"]) for each in found if each.get("vhost") == here)

    @staticmethod
    def _of_user(user: str) -> str:
        return f"/api/connections/username/{quote(user, safe='')}"
