"""Random chains of few objects and few instants, in which everything meets everything."""

from __future__ import annotations

from hypothesis import strategies as st

from builders.traces import (
    Chain,
    Told,
    alias,
    fitted,
    numbered,
    observed,
    packed,
    removed,
    seen_in,
    transacted,
    transformed,
    unpacked,
)
from filiere_platform.domain.record import ActionCode

OBJECTS = ("a", "b", "c", "item:d")  # an item is all that a lot is, and not the reverse

exact = st.integers(0, 7)
day = st.tuples(st.integers(0, 6), st.integers(1, 3)).map(lambda pair: (pair[0], min(sum(pair), 7)))
names = st.sets(st.sampled_from(OBJECTS), min_size=1, max_size=2).map(lambda found: " ".join(sorted(found)))
name = st.sampled_from(OBJECTS)


def events(when):
    return st.one_of(
        st.builds(transformed, names, names, when),
        st.builds(lambda i, t: transformed(i, "", t, transformation="run"), names, when),
        st.builds(lambda o, t: transformed("", o, t, transformation="run"), names, when),
        st.builds(packed, names, name, when),
        st.builds(unpacked, names, name, when),
        st.builds(lambda p, t: unpacked("", p, t), name, when),
        st.builds(seen_in, names, name, when),
        st.builds(fitted, names, name, when),
        st.builds(removed, names, name, when),
        st.builds(transacted, names, name, when),
        st.builds(observed, names, when),
        st.builds(alias, name, name, when),
        st.builds(lambda lot, t: numbered("item:d", lot, t), st.sampled_from("abc"), when),
        st.builds(lambda o, t: observed(o, t, step="decommissioning", action=ActionCode.DELETE), names, when),
    )


exact_chains = st.lists(events(exact), max_size=8)
vague_chains = st.lists(events(st.one_of(exact, day)), max_size=7)
any_chains = st.one_of(exact_chains, vague_chains)


def chain_of(events: list[Told]) -> Chain:
    chain = Chain()
    for each in OBJECTS:
        chain.ids[each] = len(chain.ids) + 1
    return chain.tell(*events)


# Lots that are made of each other, and pallets on which only few of them ever lie.
LOTS = tuple("abcdefgh")
lots = st.sets(st.sampled_from(LOTS), min_size=1, max_size=3).map(lambda found: " ".join(sorted(found)))
lot = st.sampled_from(LOTS)
pallet = st.sampled_from(("p", "sscc:q"))
time = st.one_of(exact, day)
run = st.sampled_from(("run", "other run", None))
making = st.builds(lambda i, o, t, r: transformed(i, o, t, transformation=r), lots, lots, time, run)
carrying = st.one_of(
    st.builds(packed, st.sampled_from("gh"), pallet, time),
    st.builds(unpacked, st.sampled_from("gh"), pallet, time),
    st.builds(transformed, pallet, lots, time),
    st.builds(observed, lots, time),
    st.builds(lambda lot, t: numbered("item:i", lot, t), lot, time),
    st.builds(transformed, st.just("item:i"), lots, time),
)
lot_chains = st.lists(st.one_of(making, making, carrying), max_size=10)
