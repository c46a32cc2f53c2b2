"""What the doctor decides from facts that no test can make true here: network disks, full disks, clocks, lost heads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from filiere_platform.domain.broker_access import BrokerUser, faults
from filiere_platform.domain.diagnosis import (
    FolderFacts,
    Heads,
    PostgresqlFacts,
    examine_broker,
    examine_database,
    examine_folder,
    examine_heads,
)
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.standing import OPEN

FOLDER = FolderFacts(path="/srv/filiere", file_system="ext4", free=10**12, owner=1000, leftovers=0, anchor_age=0.0)
SERVER = PostgresqlFacts(
    user="filiere",
    fsync=True,
    full_page_writes=True,
    commits=(),
    named_standbys="",
    replicas=(),
    is_standby=False,
    timeline=1,
    drift=0.0,
)
HEADS = Heads(anchor=(7, b"a"), served=(7, b"a"), stored=7, standing=OPEN)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"file_system": "nfs4"}, ["error doctor-network-file-system"]),
        ({"file_system": "tmpfs"}, ["warning doctor-volatile-file-system"]),
        ({"free": 999_000_000}, ["warning doctor-disk-nearly-full"]),
        ({"free": 99_000_000}, ["error doctor-disk-nearly-full"]),
    ],
)
def test_a_folder(change: dict[str, Any], found: list[str]) -> None:
    told = examine_folder(replace(FOLDER, **change), ())
    assert [f"{each.level} {each.problem.code}" for each in told] == found


@pytest.mark.parametrize(
    ("drift", "found"), [(1.9, []), (-1.9, []), (2.1, ["doctor-clock-drift"]), (-400.0, ["doctor-clock-drift"])]
)
def test_a_clock(drift: float, found: list[str]) -> None:
    assert [each.problem.code for each in examine_database(replace(SERVER, drift=drift))] == found


@pytest.mark.parametrize(
    ("change", "timeline", "found"),
    [
        ({}, 1, []),
        ({}, 2, []),  # a standby that had everything was promoted
        ({"stored": 9}, 1, []),
        ({"stored": 6}, 1, ["doctor-database-behind"]),
        ({"stored": 6}, 2, ["doctor-standby-promoted-late"]),
        ({"stored": 6}, None, ["doctor-database-behind"]),  # SQLite has no timelines
        ({"served": (7, b"b")}, 1, ["doctor-heads-forked"]),
        ({"anchor": None}, 1, ["doctor-anchor-behind"]),
        ({"anchor": None, "served": None, "stored": 0}, 1, []),
        ({"stored": None}, 1, []),
    ],
)
def test_heads(change: dict[str, Any], timeline: int | None, found: list[str]) -> None:
    told = examine_heads(replace(HEADS, **change), anchor_age=0.0, timeline=timeline)
    assert [each.problem.code for each in told] == found


OWN = ("^$", "^$", "^filiere.member.1$")


@pytest.mark.parametrize(
    ("status", "user", "found"),
    [
        (MemberStatus.ACTIVE, BrokerUser(permissions=OWN), []),
        (MemberStatus.ACTIVE, None, []),  # it may read over HTTP
        (MemberStatus.ACTIVE, BrokerUser(permissions=("^$", "^$", ".*")), ["warning doctor-broker-user-differs"]),
        (MemberStatus.ACTIVE, BrokerUser(), ["warning doctor-broker-user-differs"]),
        (MemberStatus.SUSPENDED, BrokerUser(), []),
        (MemberStatus.SUSPENDED, BrokerUser(permissions=OWN), ["error doctor-broker-user-open"]),
        (MemberStatus.LEFT, BrokerUser(connections=("one",)), ["error doctor-broker-user-open"]),
    ],
)
def test_a_members_user_at_the_broker(status: MemberStatus, user: BrokerUser | None, found: list[str]) -> None:
    member = Member(id=1, uri="urn:member:1", name="One", status=status, sharing=None, identifiers=())
    known = {} if user is None else {1: user}
    told = examine_broker(faults([member], known, names={1: "member-1"}, wanted={1: OWN}))
    assert [f"{each.level} {each.problem.code}" for each in told] == found
