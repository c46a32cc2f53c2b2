"""The arithmetic of spans: what follows from what, and nothing depending on the order in which it is learnt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.span import Span, Sureness, add_span, at_event, within

spans = st.builds(
    lambda lo, width, sureness: Span(lo, lo + width, sureness),
    st.integers(0, 6),
    st.integers(0, 4),
    st.sampled_from(Sureness),
)


def _means(span: Span, held: set[int]) -> bool:
    """Whether a span is true of a world in which material is there at exactly these instants."""
    instants = set(range(span.lo, span.hi + 1))
    if span.sureness is Sureness.THROUGHOUT:
        return instants <= held
    return bool(instants & held)


@given(spans, spans, st.sets(st.integers(0, 10)))
def test_a_sure_span_covers_another_only_if_that_follows_from_it(one, other, held):
    if one.sureness is Sureness.POSSIBLE:
        return
    if one.covers(other) and _means(one, held):
        assert _means(other, held)


def test_the_narrower_of_two_sure_instants_says_more():
    wide, narrow = Span(0, 9, Sureness.SOMETIME), Span(3, 4, Sureness.SOMETIME)
    assert narrow.covers(wide)
    assert not wide.covers(narrow)
    kept = [wide]
    assert add_span(kept, narrow)
    assert kept == [narrow]


@given(st.lists(spans, max_size=6), st.randoms(use_true_random=False))
def test_what_is_kept_does_not_depend_on_the_order(found, random):
    kept: list[Span] = []
    again: list[Span] = []
    for span in found:
        add_span(kept, span)
    for span in random.sample(found, len(found)):
        add_span(again, span)
    assert sorted(kept) == sorted(again)


@given(spans, st.lists(spans, max_size=3), st.sets(st.integers(0, 10)), st.sets(st.integers(0, 10)))
def test_being_in_both_is_sure_only_where_it_follows(span, membership, in_first, in_second):
    if span.sureness is Sureness.POSSIBLE or not _means(span, in_first):
        return
    if all(_means(other, in_second) for other in membership if other.sureness is not Sureness.POSSIBLE):
        for met in within(span, membership):
            assert met.sureness is Sureness.POSSIBLE or _means(met, in_first & in_second)


@given(spans, st.integers(0, 6), st.integers(0, 4))
def test_an_event_takes_hold_surely_only_of_what_is_there_at_each_of_its_instants(span, earliest, width):
    taken = at_event(span, earliest, earliest + width)
    inside = span.lo <= earliest and earliest + width <= span.hi
    if span.sureness is Sureness.THROUGHOUT:
        assert (taken is not None) == inside
    elif span.sureness is Sureness.SOMETIME:
        assert taken is None
    else:
        assert (taken is not None) == (span.lo <= earliest + width and earliest <= span.hi)
