"""The cache of node ids says what it was told, forgets what is old, and never grows beyond its bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.store.node_cache import NodeCache

KEYS = [f"urn:lot:{n}" for n in range(12)]
IDS = {key: number for number, key in enumerate(KEYS)}
CAPACITY = 6


@given(st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(KEYS), max_size=3)), max_size=40))
def test_it_never_says_a_wrong_number_and_never_grows_beyond_its_bound(steps: list[tuple[bool, set[str]]]) -> None:
    cache = NodeCache(CAPACITY)
    told: set[str] = set()
    for remembers, keys in steps:
        if remembers:
            cache.remember({key: IDS[key] for key in keys})
            told |= keys
        known = cache.known(keys)
        assert known == {key: IDS[key] for key in known}
        assert set(known) <= told
        # Two generations, each closed when it reaches half; the last batch may overshoot by its own size.
        assert len(cache._young) + len(cache._old) <= CAPACITY + 2 * 3


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    cache = NodeCache(CAPACITY)
    cache.remember({"urn:used": 1, "urn:unused": 2})
    for number, key in enumerate(KEYS):
        cache.remember({key: number})
        assert cache.known(["urn:used"]) == {"urn:used": 1}
    assert cache.known(["urn:unused"]) == {}
