"""Hypothesis strategies of valid EPCIS events, as parsed JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from builders import events
from filiere_schemas.epcis.units import UNITS
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary

SERIALS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-", min_size=1, max_size=12)
ITEMS = st.builds("urn:epc:id:sgtin:9521001.{:06d}.{}".format, st.integers(0, 999_999), SERIALS)
LOTS = st.builds("urn:epc:class:lgtin:9521001.{:06d}.{}".format, st.integers(0, 999_999), SERIALS)
PALLETS = st.builds("urn:epc:id:sscc:9521001.{:010d}".format, st.integers(0, 9_999_999_999))
PLACES = st.builds("urn:epc:id:sgln:9521001.{:05d}.{}".format, st.integers(0, 99_999), SERIALS)

OFFSETS = st.builds(
    lambda sign, minutes: f"{sign}{minutes // 60:02d}:{minutes % 60:02d}",
    st.sampled_from("+-"),
    st.integers(0, 14 * 60),
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of a strategy are naive


def instants() -> st.SearchStrategy[str]:
    """Instants as texts: in UTC or at an offset, with 0 to 9 fraction digits."""
    return st.builds(
        lambda moment, fraction, zone: moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + zone,
        MOMENTS,
        st.from_regex(r"(\.[0-9]{1,9})?", fullmatch=True, alphabet="0123456789."),
        st.one_of(st.just("Z"), OFFSETS),
    )


# What a JSON extension may hold, small.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e9, 1e9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EXTENSIONS = st.dictionaries(
    st.from_regex(r"dairy:[a-z]{1,8}", fullmatch=True, alphabet="dairy:bcefg"), JSON, max_size=3
)


def words(vocabulary: Vocabulary) -> st.SearchStrategy[str]:
    """Bare words of a vocabulary."""
    return st.sampled_from(WORDS[vocabulary].words)


def quantities() -> st.SearchStrategy[dict[str, Any]]:
    """Quantity elements with a known unit, without a unit, or without a quantity."""
    number = st.integers(0, 10**9) | st.decimals(0, 10**6, places=3).map(float)
    return st.fixed_dictionaries(
        {"epcClass": LOTS},
        optional={"quantity": number, "uom": st.sampled_from(sorted(UNITS))},
    )


def valid_events() -> st.SearchStrategy[dict[str, Any]]:
    """Valid events of every type, with and without optional fields."""
    optional = {
        "eventTime": instants(),
        "eventTimeZoneOffset": OFFSETS,
        "recordTime": instants(),
        "eventID": st.uuids().map(lambda uuid: uuid.urn),
        "bizStep": words(Vocabulary.BIZ_STEP),
        "disposition": words(Vocabulary.DISPOSITION),
        "readPoint": st.fixed_dictionaries({"id": PLACES}),
        "bizLocation": st.fixed_dictionaries({"id": PLACES}),
    }
    lists = {
        events.an_object_event: {"quantityList": st.lists(quantities(), min_size=1, max_size=4)},
        events.an_aggregation_event: {"childEPCs": st.lists(ITEMS, min_size=1, max_size=4), "parentID": PALLETS},
        events.a_transaction_event: {"epcList": st.lists(ITEMS, min_size=1, max_size=4)},
        events.a_transformation_event: {
            "inputQuantityList": st.lists(quantities(), min_size=1, max_size=4),
            "outputQuantityList": st.lists(quantities(), min_size=1, max_size=4),
        },
        events.an_association_event: {"childEPCs": st.lists(ITEMS, min_size=1, max_size=4)},
        events.a_sensor_event: {},
    }
    return st.one_of(
        *(
            st.builds(
                lambda changes, extensions, build=build: build(**changes) | extensions,
                st.fixed_dictionaries({}, optional=optional | own),
                EXTENSIONS,
            )
            for build, own in lists.items()
        ),
    )
