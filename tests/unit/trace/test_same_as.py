"""Two identifiers of one thing: how it is said, whose word counts, and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.events import CHEESE_LOT, CREAM_LOT, MILK_LOT, an_object_event
from builders.traces import Chain, alias, transformed
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.record import Role
from filiere_platform.domain.same_as import MOST_SAME_AS, identities_of
from filiere_platform.domain.span import BEGINNING, END
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.domain.traced_event import group_ends
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Refusal

NOON = 1_772_452_800_000_000
members = st.integers(1, 4)


def event(**changes):
    lot = [{"epcClass": MILK_LOT, "quantity": 1, "uom": "KGM"}]
    return an_object_event(action="OBSERVE", epcList=[], quantityList=lot, ilmd={}) | changes


def same(**changes):
    told = {name: value for name, value in event(**changes).items() if name != "ilmd"}
    return [end for end in ends_of(read_event(told).event) if end.role is Role.SAME_AS]


def test_an_event_names_other_identifiers_of_its_object_each_once():
    found = same(**{"filiere:sameAs": [CREAM_LOT, CREAM_LOT, CHEESE_LOT]})
    assert [(end.key, end.since, end.until) for end in found] == [
        (canonical_key(each), BEGINNING, END) for each in (CREAM_LOT, CHEESE_LOT)
    ]


def test_it_may_hold_for_a_while():
    times = {"filiere:sameAsFrom": "2026-03-02T12:00:00Z", "filiere:sameAsUntil": "2026-03-02T13:00:00+01:00"}
    (found,) = same(**{"filiere:sameAs": CREAM_LOT, **times})
    assert (found.since, found.until) == (NOON, NOON)


@pytest.mark.parametrize(
    "changes",
    [
        {"filiere:sameAs": []},
        {"filiere:sameAs": [7]},
        {"filiere:sameAs": {"id": CREAM_LOT}},
        {"filiere:sameAs": "not an identifier"},
        {"filiere:sameAs": [f"{CREAM_LOT}{n}" for n in range(MOST_SAME_AS + 1)]},
        {"filiere:sameAs": CREAM_LOT, "action": "ADD"},
        {"filiere:sameAs": CREAM_LOT, "quantityList": [{"epcClass": MILK_LOT}, {"epcClass": CHEESE_LOT}]},
        {"filiere:sameAs": CREAM_LOT, "filiere:sameAsFrom": "noon"},
        {"filiere:sameAs": CREAM_LOT, "filiere:sameAsFrom": 12},
        {
            "filiere:sameAs": CREAM_LOT,
            "filiere:sameAsFrom": "2026-03-03T12:00:00Z",
            "filiere:sameAsUntil": "2026-03-02T12:00:00Z",
        },
    ],
)
def test_what_says_it_otherwise_is_refused(changes):
    with pytest.raises(Refusal, match="invalid-same-as"):
        same(**changes)


@given(st.lists(members, max_size=5), members, members, st.booleans(), st.booleans())
def test_it_counts_where_every_owner_has_said_it_and_else_is_a_proposal(said_by, one, other, one_owned, other_owned):
    chain = Chain().tell(*(alias("a", "b", at) for at in range(len(said_by))))
    chain.ids |= {} if said_by else {"a": 1, "b": 2}
    ends = chain.ends_touching([chain.ids["a"]])
    events = group_ends([end._replace(member_id=said_by[end.log_index]) for end in ends], {}).values()
    owners = ({chain.ids["a"]: one} if one_owned else {}) | ({chain.ids["b"]: other} if other_owned else {})
    found, proposed = identities_of(chain.ids["a"], events, owners)
    counts = bool(said_by) and set(owners.values()) <= set(said_by)
    assert bool(found) is counts
    assert len(proposed) == (0 if counts else len(said_by))
    for identity in found:
        speakers = {event.member_id for event in (identity.shown, identity.agreed) if event is not None}
        assert set(owners.values()) <= speakers
        assert not owners or speakers == set(owners.values())


def test_a_strangers_word_leads_nowhere_in_either_direction():
    chain = Chain().tell(transformed("a", "b", 1), alias("b", "c", 2), transformed("c", "d", 3))
    assert chain.down("a") == {"a", "b", "c", "d"}
    chain.owned["c"] = 99
    assert chain.down("a") == {"a", "b"}
    assert chain.up("d") == {"c", "d"}


def test_saying_it_a_thousand_times_makes_one_step():
    chain = Chain().tell(*(alias("a", "b", at) for at in range(1000)))
    search = chain.follow("a", Direction.DOWN)
    assert len(search.graph.identities_of(chain.ids["a"])) == 1


def test_an_identity_keeps_amounts_out_of_it():
    (found,) = same(**{"filiere:sameAs": CREAM_LOT})
    assert (found.quantity, found.uom) == (None, None)
