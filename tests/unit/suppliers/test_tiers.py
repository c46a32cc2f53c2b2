"""Tiers are the fewest handovers to the member, whoever is known by which identifier, in whatever order it is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.supplier_tiers import OWN, Handover, tiers_of

ME = frozenset({"me", "my-site"})


def given_to(giver: str, taker: str, *objects: str, at: int = 1, record: int = 1) -> Handover:
    return Handover(giver=giver, taker=taker, objects=frozenset(objects or {"lot"}), at=at, record=record)


def test_the_supplier_of_a_supplier_is_of_the_second_tier() -> None:
    handovers = [
        given_to("farm", "dairy", "milk", at=1, record=3),
        given_to("dairy", "my-site", "cheese", at=5, record=4),
        given_to("dairy", "me", "cheese", "cream", at=9, record=5),
        given_to("me", "shop", "cheese"),
        given_to("stranger", "other"),
    ]
    found = {tier.company: tier for tier in tiers_of(handovers, own=ME, companies={})}
    assert {name: tier.number for name, tier in found.items()} == {"dairy": 1, "farm": 2, "stranger": None}
    dairy = found["dairy"]
    assert (dairy.objects, dairy.last, dairy.records, dairy.takers) == ({"cheese", "cream"}, 9, {4, 5}, {OWN})


def test_identifiers_of_one_partner_are_one_company_and_within_it_nothing_is_handed_over() -> None:
    handovers = [given_to("gln", "siret"), given_to("siret", "me"), given_to("farm", "gln")]
    found = tiers_of(handovers, own=ME, companies={"gln": "p1", "siret": "p1"})
    assert [(tier.company, tier.number, sorted(tier.keys)) for tier in found] == [
        ("p1", 1, ["siret"]),
        ("farm", 2, ["farm"]),
    ]


names = st.sampled_from(["me", "my-site", "a", "b", "c", "d", "e"])
handovers_of_some = st.lists(st.builds(given_to, names, names, st.sampled_from(["x", "y"])), max_size=12)


@given(handovers_of_some, st.data())
def test_a_tier_is_the_fewest_handovers_in_whatever_order_they_are_told(
    handovers: list[Handover], data: st.DataObject
) -> None:
    found = tiers_of(handovers, own=ME, companies={})
    distance = {OWN: 0}
    for _ in range(7):
        for each in handovers:
            giver, taker = ("" if key in ME else key for key in (each.giver, each.taker))
            if giver not in {taker, OWN} and taker in distance:
                distance[giver] = min(distance.get(giver, 99), distance[taker] + 1)
    assert {tier.company: tier.number for tier in found if tier.number} == {
        name: number for name, number in distance.items() if name != OWN
    }
    assert tiers_of(data.draw(st.permutations(handovers)), own=ME, companies={}) == found
