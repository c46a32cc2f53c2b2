"""The bus inside the process, where a subscriber fails."""

from __future__ import annotations

import pytest

from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.domain.message import BusUnavailable


@pytest.fixture
def bus():
    bus = EmbeddedBus()
    yield bus
    bus.close()


def full(_copy):
    raise RuntimeError("full")


def test_a_failing_subscriber_is_reported_and_keeps_nobody_else_from_its_copy(bus, message):
    others = []
    bus.subscribe(full, member_id=1)
    bus.subscribe(others.append, member_id=2)
    with pytest.raises(BusUnavailable) as caught:
        bus.publish([message("a", 2), message("b", 1, 2), message("c", 2), message("d", 1)])
    assert caught.value.refused == caught.value.failed == {1, 3}
    assert [copy.id for copy in others] == ["a", "b", "c"]


def test_a_subscriber_that_failed_is_offered_nothing_later_in_the_same_call(bus, message):
    offered = []

    def fail_once(copy):
        offered.append(copy.id)
        if len(offered) == 1:
            raise RuntimeError("full")

    bus.subscribe(fail_once, member_id=1)
    with pytest.raises(BusUnavailable):
        bus.publish([message("a", 1), message("b", 1)])
    bus.publish([message("a", 1), message("b", 1)])
    assert offered == ["a", "a", "b"]


def test_a_watcher_sees_each_message_once_and_is_cut_off_when_it_fails(bus, message):
    seen, offered = [], []

    def break_down(copy):
        offered.append(copy.id)
        raise RuntimeError("broken")

    bus.subscribe(seen.append)
    bus.subscribe(break_down)
    bus.publish([message("a", 1, 2), message("b", 2)])
    assert [copy.id for copy in seen] == ["a", "b"]
    assert offered == ["a"]


def test_who_unsubscribed_receives_nothing_more(bus, message):
    received = []
    leave = bus.subscribe(received.append, member_id=1)
    bus.publish([message("a", 1)])
    leave()
    bus.publish([message("b", 1)])
    assert [copy.id for copy in received] == ["a"]
