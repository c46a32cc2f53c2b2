"""What every bus promises to who hands messages over, and to who receives them."""

from __future__ import annotations

import pytest

from filiere_platform.domain.message import BusUnavailable


def test_each_recipient_gets_its_messages_in_order_and_nobody_elses(post, message):
    sent = [message("a", 1, 2), message("b", 2), message("c", 1, 2, 3, kind="receipt"), message("d", 1)]
    post.bus.publish(sent)
    for member in (1, 2, 3):
        due = [(m.id, m.kind, m.body) for m in sent if member in m.recipients]
        assert [(letter.id, letter.kind, letter.body) for letter in post.mailboxes.letters(member)] == due


def test_what_is_published_is_there_when_publish_returns(post, message):
    for number in range(20):
        post.bus.publish([message(f"m{number}", 1)])
        assert [letter.id for letter in post.mailboxes.letters(1)] == [f"m{number}"]


def test_thousands_of_messages_keep_their_order(post, message):
    sent = [message(f"m{number}", 1 + number % 3, size=200) for number in range(1_200)]  # more than the window
    post.bus.publish(sent)
    for member in (1, 2, 3):
        arrived = [letter.id for letter in post.mailboxes.letters(member, at_least=400)]
        assert arrived == [m.id for m in sent if member in m.recipients]


def test_publishing_nothing_is_no_fault(post):
    post.bus.publish([])


def test_a_closed_bus_takes_nothing_and_says_so(post, message):
    post.bus.publish([message("a", 1)])
    post.bus.close()
    with pytest.raises(BusUnavailable) as caught:
        post.bus.publish([message("b", 1), message("c", 2)])
    assert caught.value.failed == {0, 1}
    assert not caught.value.refused
    assert [letter.id for letter in post.mailboxes.letters(1)] == ["a"]


def test_closing_twice_is_harmless(post):
    post.bus.close()
    post.bus.close()
