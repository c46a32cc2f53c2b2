"""A broken limit of a counter is a finding of who brought the account there, until it is mended by whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders.findings import follow_findings, told
from builders.instance import Instance, Sender, open_instance
from builders.wood import delivered, felled, named, open_wood
from conftest import Backend
from filiere_platform import bootstrap
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases import counter_watch

BROKEN, NOT_WATCHED = "sector-limit-broken", "sector-limit-not-watched"
ERROR = {"errorDeclaration": {"declarationTime": "2027-04-01T00:00:00Z"}}


@pytest.fixture
def instance(backend: Backend, tmp_path: Path) -> Iterator[Instance]:
    with open_wood(backend.folder, backend.database_url, tmp_path / "sectors", sector_rules="report") as opened:
        yield opened


@pytest.fixture
def forester(instance: Instance) -> Sender:
    return instance.admit("Forester", sharing=SharingMode.PRIVATE)


def send(instance: Instance, sender: Sender, *events: dict[str, Any]) -> list[int]:
    """Send events, and let everything be judged."""
    sent = sender.send_events(*events)
    assert sent.status_code == 200, sent.text
    follow_findings(instance)
    return [each["index"] for each in sent.json()["records"]]


def broken(sender: Sender, rule: str = BROKEN) -> list[tuple[str, int]]:
    """The accounts that are told to break a limit, and where."""
    return [(each["subject"], each["index"]) for each in told(sender) if each["rule"] == rule]


def test_a_limit_is_broken_and_mended_by_what_comes_later(instance: Instance, forester: Sender) -> None:
    _, beyond = send(instance, forester, felled(1, 12), delivered(2, 13))
    (finding,) = [each for each in told(forester) if each["rule"] == BROKEN]
    assert (finding["subject"], finding["index"], finding["level"]) == ("certified-credit C-1", beyond, "error")
    evidence = finding["evidence"]
    assert (evidence["limit"], evidence["bound"], evidence["balance"], evidence["unit"]) == ("least", "0", "-1", "MTQ")
    assert evidence["en"] == "credit of certified wood"
    send(instance, forester, felled(1, 1) | {"eventID": named(9)})
    assert broken(forester) == []
    (closed,) = [each for each in told(forester, "closed") if each["rule"] == BROKEN]
    assert (closed["id"], closed["closedBy"]) == (finding["id"], "instance")
    send(instance, forester, felled(1, 1, **ERROR) | {"eventID": named(9)})
    assert broken(forester) == [("certified-credit C-1", beyond)]
    send(instance, forester, delivered(2, 13) | ERROR)
    assert broken(forester) == []


def test_each_member_is_judged_by_what_it_may_see(instance: Instance, forester: Sender) -> None:
    sawmill, open_forester = instance.admit("Sawmill"), instance.admit("Open", sharing=SharingMode.SECTOR)
    send(instance, forester, felled(1, 12))
    (alone,) = send(instance, sawmill, delivered(2, 5))
    assert (broken(sawmill), broken(forester)) == ([("certified-credit C-1", alone)], [])
    send(instance, open_forester, felled(3, 12, "C-2"))
    send(instance, sawmill, delivered(4, 5, "C-2"))
    assert broken(sawmill) == [("certified-credit C-1", alone)]
    assert broken(open_forester) == []


def test_nothing_is_concluded_from_an_account_that_cannot_be_told_whole(instance: Instance, forester: Sender) -> None:
    send(instance, forester, felled(1, 900, uom="KGM"), delivered(2, 13))
    assert broken(forester) == []
    send(instance, forester, felled(1, 900, uom="KGM", **ERROR))
    assert [subject for subject, _ in broken(forester)] == ["certified-credit C-1"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_found_is_what_the_account_says_whatever_came_first(
    instance: Instance, forester: Sender, seed: int
) -> None:
    draw = Random(seed)
    events = [
        draw.choice((felled, delivered))(day, draw.randrange(1, 9), draw.choice(("C-1", "C-2"))) for day in range(1, 13)
    ]
    events += [each | ERROR for each in draw.sample(events, 3)]
    draw.shuffle(events)
    while events:
        count = draw.randrange(1, 5)
        send(instance, forester, *events[:count])
        del events[:count]
    expected = []
    for certificate in ("C-1", "C-2"):
        account = forester.get("/api/v1/accounts/certified-credit", subject=certificate).json()
        assert account["complete"]
        expected += [(f"certified-credit {certificate}", each["index"]) for each in account["breaches"][:1]]
    assert sorted(broken(forester)) == sorted(expected)


def test_an_account_of_too_many_records_is_not_watched_and_says_so(
    instance: Instance, forester: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_watch, "MOST_WATCHED", 2)
    indexes = send(instance, forester, felled(1, 1), delivered(2, 5), felled(3, 1), felled(4, 1, "C-2"))
    assert broken(forester) == []
    assert broken(forester, NOT_WATCHED) == [("certified-credit C-1", indexes[2])]


def test_a_profile_that_counts_otherwise_reads_the_log_again(backend: Backend, tmp_path: Path) -> None:
    sectors = tmp_path / "sectors"
    with open_wood(backend.folder, backend.database_url, sectors, sector_rules="report") as opened:
        forester = opened.admit("Forester", sharing=SharingMode.PRIVATE)
        send(opened, forester, felled(1, 12), delivered(2, 13), delivered(3, 4, "C-2"))
        assert len(broken(forester)) == 2
    counters = sectors / "wood" / "counters.toml"
    text = counters.read_text(encoding="utf-8")
    counters.write_text(text.replace('least = "0"', 'most = "5"'), encoding="utf-8")
    with bootstrap.open_platform(opened.platform.settings) as platform:
        follower = platform.finding_follower()
        while not follower.follow():
            pass
        with platform.database.unit_of_work() as uow:
            found = uow.findings.of_rules([BROKEN])
            assert list(uow.cursors.named(counter_watch.CURSOR).values()) == [uow.log.head().size]
    assert [(each.subject, each.closed_at, each.evidence["balance"]) for each in found] == [
        ("certified-credit C-1", None, "12")
    ]


def test_without_rules_nothing_is_watched(tmp_path: Path) -> None:
    with open_instance(tmp_path, sector="food") as opened:
        dairy = opened.admit("Dairy")
        follow_findings(opened)
        with opened.platform.database.unit_of_work() as uow:
            assert uow.cursors.named(counter_watch.CURSOR) == {}
        assert told(dairy) == []
