"""Who is entitled by links: only by records of those who give, and never by what somebody says of himself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.links import BAKER, CARRIER, FARM, MILL, PARTIES, SHOP, STRANGER, a_fact, a_history, a_shipment, packed
from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.links import LinkFact, linked_audiences
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role

GRAIN, FLOUR, BREAD, CRATE, PALLET, OTHER = range(1, 7)


def seen(*facts: LinkFact) -> dict[int, set[int]]:
    """Who is entitled to what, by log index; the facts are stored in the order in which they are given."""
    stored = [replace(fact, log_index=index) for index, fact in enumerate(facts)]
    return {index: set(found) for index, found in linked_audiences(stored, PARTIES).items()}


def made(owner: int, *outputs: int, of: Iterable[int] = (), **changes: Any) -> LinkFact:
    objects = {Role.OUTPUT: set(outputs), Role.INPUT: set(of)}
    return a_fact(owner, EventTypeCode.TRANSFORMATION, objects=objects, **changes)


CHAIN, LINKED = {"sharing": SharingMode.CHAIN}, {"sharing": SharingMode.LINKED}


def test_who_received_a_lot_by_the_shippers_record_sees_how_it_was_made() -> None:
    assert seen(made(MILL, FLOUR, of=[GRAIN], **LINKED), a_shipment(MILL, BAKER, FLOUR)) == {0: {BAKER}}


@pytest.mark.parametrize("mode", sorted(set(SharingMode) - {SharingMode.LINKED, SharingMode.CHAIN}))
def test_no_other_mode_is_extended_by_links(mode: SharingMode) -> None:
    assert seen(made(MILL, FLOUR, sharing=mode), a_shipment(MILL, BAKER, FLOUR)) == {}


def test_linked_ends_after_one_step_and_chain_goes_on_through_each_givers_record() -> None:
    steps = (
        a_shipment(MILL, BAKER, FLOUR),
        made(BAKER, BREAD, of=[FLOUR], sharing=SharingMode.PARTNERS),
        a_shipment(BAKER, SHOP, BREAD),
    )
    assert seen(made(MILL, FLOUR, **LINKED), *steps) == {0: {BAKER}}
    assert seen(made(MILL, FLOUR, **CHAIN), *steps) == {0: {BAKER, SHOP}}


def test_an_invented_reception_entitles_to_nothing() -> None:
    """A record of the viewer himself names himself as destination and the owner as source."""
    reception = a_shipment(STRANGER, STRANGER, FLOUR, source=MILL)
    assert seen(made(MILL, FLOUR, **CHAIN), reception) == {}


def test_an_invented_transformation_input_entitles_to_nothing() -> None:
    invented = made(STRANGER, OTHER, of=[FLOUR], sharing=SharingMode.SECTOR)
    assert seen(made(MILL, FLOUR, **CHAIN), invented, a_shipment(STRANGER, SHOP, OTHER)) == {}


def test_who_never_had_an_object_cannot_pass_it_on() -> None:
    assert seen(made(MILL, FLOUR, **CHAIN), a_shipment(STRANGER, SHOP, FLOUR)) == {}


def test_a_container_of_ones_own_name_holds_nothing_of_others() -> None:
    claimed = packed(STRANGER, CRATE, FLOUR), a_shipment(STRANGER, SHOP, CRATE)
    assert seen(made(MILL, FLOUR, **CHAIN), *claimed) == {}


def test_a_private_record_links_nothing() -> None:
    assert seen(made(MILL, FLOUR, **LINKED), a_shipment(MILL, BAKER, FLOUR, sharing=SharingMode.PRIVATE)) == {}


def test_a_declaration_of_error_links_nothing() -> None:
    assert seen(made(MILL, FLOUR, **LINKED), replace(a_shipment(MILL, BAKER, FLOUR), declares_error=True)) == {}


def test_what_is_in_a_container_goes_with_it_through_every_hand() -> None:
    flour = made(MILL, FLOUR, **CHAIN)
    hands = (
        packed(MILL, CRATE, FLOUR, at=2),
        packed(MILL, PALLET, CRATE, at=3),
        a_shipment(MILL, CARRIER, PALLET, at=4),
        a_shipment(CARRIER, BAKER, PALLET, at=5),
    )
    assert seen(flour, *hands)[0] == {CARRIER, BAKER}


def test_two_lots_in_one_container_do_not_meet_there() -> None:
    bread = made(BAKER, BREAD, of=[FLOUR], at=6, sharing=SharingMode.PARTNERS)
    together = packed(MILL, CRATE, FLOUR, at=2), packed(MILL, CRATE, OTHER, at=2), a_shipment(MILL, BAKER, CRATE, at=4)
    flour, other, sold = made(MILL, FLOUR, **CHAIN), made(MILL, OTHER, **CHAIN), a_shipment(BAKER, SHOP, BREAD, at=7)
    found = seen(flour, other, *together, bread, sold)
    assert (found[0], found[1]) == ({BAKER, SHOP}, {BAKER})


def test_a_container_that_is_used_again_has_lost_what_was_in_it_before() -> None:
    again = (
        packed(MILL, CRATE, FLOUR, at=2),
        a_shipment(MILL, BAKER, CRATE, at=3),
        packed(MILL, CRATE, OTHER, at=5),
        a_shipment(MILL, SHOP, CRATE, at=6),
    )
    assert seen(made(MILL, FLOUR, **CHAIN), *again) == {0: {BAKER}}


def test_what_was_unpacked_before_the_handover_does_not_go_with_it() -> None:
    out = replace(packed(MILL, CRATE, FLOUR, at=3), action=ActionCode.DELETE)
    told = packed(MILL, CRATE, FLOUR, at=2), out, a_shipment(MILL, BAKER, CRATE, at=4)
    assert seen(made(MILL, FLOUR, **LINKED), *told) == {}


def test_a_link_that_was_made_is_not_taken_back_by_what_is_told_later() -> None:
    out = replace(packed(MILL, CRATE, FLOUR, at=3), action=ActionCode.DELETE)
    told = packed(MILL, CRATE, FLOUR, at=2), a_shipment(MILL, BAKER, CRATE, at=4), out
    assert seen(made(MILL, FLOUR, **LINKED), *told) == {0: {BAKER}}


def test_other_customers_of_a_lot_are_not_shown_to_its_receivers() -> None:
    sold = a_shipment(MILL, SHOP, FLOUR, sharing=SharingMode.CHAIN)
    assert seen(made(MILL, FLOUR), sold, a_shipment(MILL, BAKER, FLOUR)) == {}


def test_events_of_one_owner_that_share_a_transformation_are_one() -> None:
    halves = (
        made(BAKER, of=[FLOUR], transformation_id="urn:t:1"),
        made(BAKER, BREAD, transformation_id="urn:t:1"),
    )
    story = a_shipment(MILL, BAKER, FLOUR), *halves, a_shipment(BAKER, SHOP, BREAD)
    assert seen(made(MILL, FLOUR, **CHAIN), *story)[0] == {BAKER, SHOP}
    foreign = made(STRANGER, OTHER, transformation_id="urn:t:1"), a_shipment(STRANGER, FARM, OTHER)
    assert seen(made(MILL, FLOUR, **CHAIN), *story, *foreign)[0] == {BAKER, SHOP}


def test_the_cause_says_which_kind_of_link_it_was() -> None:
    for mode, cause in ((SharingMode.LINKED, GrantCause.LINK), (SharingMode.CHAIN, GrantCause.CHAIN)):
        facts = [made(MILL, FLOUR, sharing=mode), replace(a_shipment(MILL, BAKER, FLOUR), log_index=1)]
        assert linked_audiences(facts, PARTIES) == {0: {BAKER: cause}}


@given(a_history(), st.data())
def test_a_record_more_takes_nothing_away(history: list[LinkFact], data: st.DataObject) -> None:
    """Grants are never taken back: what follows from the first records of a log follows from all of them."""
    first = linked_audiences(history[: data.draw(st.integers(0, len(history)))], PARTIES)
    whole = linked_audiences(history, PARTIES)
    assert {(index, who) for index, found in first.items() for who in found} <= {
        (index, who) for index, found in whole.items() for who in found
    }


@given(a_history(), st.sampled_from(sorted(set(PARTIES.values()))))
def test_no_record_of_a_viewer_entitles_the_viewer(history: list[LinkFact], viewer: int) -> None:
    """Without all that the viewer sent, it is entitled to the same records of others."""
    with_own = linked_audiences(history, PARTIES)
    without = linked_audiences([fact for fact in history if fact.member_id != viewer], PARTIES)
    assert {index for index, found in with_own.items() if viewer in found} == {
        index for index, found in without.items() if viewer in found
    }


@given(a_history())
def test_whoever_is_entitled_is_named_by_somebody_who_gave(history: list[LinkFact]) -> None:
    named = {
        PARTIES[node]
        for fact in history
        if fact.sharing is not SharingMode.PRIVATE
        for nodes in fact.places.values()
        for node in nodes
        if PARTIES[node] != fact.member_id
    }
    assert {who for found in linked_audiences(history, PARTIES).values() for who in found} <= named


@given(a_history(), st.data())
def test_the_order_in_which_facts_are_read_changes_nothing(history: list[LinkFact], data: st.DataObject) -> None:
    assert linked_audiences(data.draw(st.permutations(history)), PARTIES) == linked_audiences(history, PARTIES)
