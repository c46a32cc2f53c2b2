"""A view is a projection: it is made of the listed fields and of nothing else, whatever else an event says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.events import CONTEXT, EPCIS_CONTEXT, a_transformation_event, an_object_event
from filiere_schemas.sectors.public_fields import InvalidPublicFields, PublicFields, read_public_fields

NEEDED = ["/type", "/action", "/eventTime", "/eventTimeZoneOffset"]
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("abc"), children, max_size=3),
    max_leaves=8,
)


def fields(*more: str) -> PublicFields:
    return read_public_fields([*NEEDED, *more])


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("/type", "a list"),
        ([1], "a list"),
        (["type"], "may be public"),
        ([*NEEDED, "/"], "may be public"),
        ([*NEEDED, "/*"], "may be public"),
        ([*NEEDED, "/@context"], "may be public"),
        ([*NEEDED, "/errorDeclaration"], "may be public"),
        ([*NEEDED, "/transformationID"], "may be public"),
        ([*NEEDED, "/filiere:sharedWith"], "may be public"),
        (NEEDED[1:], "/type"),
        ([*NEEDED, "/sourceList/*/source"], "as a whole"),
        ([*NEEDED, "/quantityList/*/quantity"], "epcClass"),
    ],
)
def test_a_list_that_does_not_hold_together_is_refused(listed: Any, found: str) -> None:
    with pytest.raises(InvalidPublicFields, match=found):
        read_public_fields(listed)


def test_a_sector_that_lists_nothing_shows_nothing() -> None:
    assert not read_public_fields([])


def test_parts_of_lists_are_shown_without_their_other_parts() -> None:
    view = fields("/inputQuantityList/*/epcClass").view_of(a_transformation_event())
    assert [element.keys() for element in view["inputQuantityList"]] == [{"epcClass"}, {"epcClass"}]
    assert "outputQuantityList" not in view


def test_the_whole_shows_its_parts_in_whatever_order_they_are_listed() -> None:
    event = an_object_event()
    both = [fields("/quantityList", "/quantityList/*/epcClass"), fields("/quantityList/*/epcClass", "/quantityList")]
    assert [each.view_of(event)["quantityList"] for each in both] == [event["quantityList"]] * 2


def test_a_context_tells_no_prefix_that_the_view_does_not_use() -> None:
    event = an_object_event()
    assert fields().view_of(event)["@context"] == [EPCIS_CONTEXT]
    assert fields("/ilmd").view_of(event)["@context"] == [EPCIS_CONTEXT, {"dairy": CONTEXT[1]["dairy"]}]


def test_a_time_keeps_its_precision_by_whatever_prefix_it_was_declared() -> None:
    event = an_object_event(**{"@context": [EPCIS_CONTEXT, {"f": "urn:filiere:ns:"}], "f:eventTimePrecision": "day"})
    view = fields().view_of(event)
    assert view["filiere:eventTimePrecision"] == "day"
    assert "f:eventTimePrecision" not in view


@given(hidden=st.dictionaries(st.text(min_size=1, max_size=4), JSON_VALUES), inside=JSON_VALUES)
def test_what_is_not_listed_changes_nothing_of_a_view(hidden: dict[str, Any], inside: Any) -> None:
    event = an_object_event()
    other = {**event, "ilmd": {**event["ilmd"], "dairy:hidden": inside}}
    other.update({f"dairy:{name}": value for name, value in hidden.items()})
    other["quantityList"] = [{**element, "dairy:hidden": inside} for element in event["quantityList"]]
    public = fields("/quantityList/*/epcClass", "/ilmd/dairy:farm", "/readPoint/dairy:country")
    assert json.dumps(public.view_of(other)) == json.dumps(public.view_of(event))
