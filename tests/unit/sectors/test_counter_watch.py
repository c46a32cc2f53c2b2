"""Which events enter which watched accounts: those that the account itself says are its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.counter_account import ANY_SUBJECT, CountedEvent, concerns, counters_of, subjects_of
from filiere_platform.domain.counter_watch import Entry, Watch

LOTS = [f"https://id.gs1.org/01/09506000134352/10/{name}" for name in "ABC"]
SITES = [f"https://id.gs1.org/414/95210010000{end}" for end in ("17", "24")]
MEMBERS = ["urn:member:1", "urn:member:2"]
CERTIFICATES = ["C-1", "C-2"]
EVERYBODY = {"lot": LOTS, "site": SITES, "member": MEMBERS, "certificate": CERTIFICATES, "line": CERTIFICATES}
PER: dict[str, Any] = {
    "certificate": ["/own:certificate", "/ilmd/own:certificate"],
    "line": ["/quantityList/*/own:certificate", "/own:certificate"],
}
STOCK = {"name": "stock", "fr": "stock", "en": "stock", "unit": "KGM", "adds": ["in"], "takes": ["out"], "least": "0"}
AMOUNT = {"amount": ["/quantityList/*/quantity", "/childQuantityList/*/quantity"], "level": "error"}

lines = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "epcClass": st.sampled_from(LOTS),
            "quantity": st.sampled_from([0, 1, 2.5]),
            "own:certificate": st.sampled_from(CERTIFICATES),
        },
    ),
    max_size=3,
)
events = st.fixed_dictionaries(
    {},
    optional={
        "quantityList": lines,
        "childQuantityList": lines,
        "own:certificate": st.sampled_from(CERTIFICATES),
        "ilmd": st.fixed_dictionaries({"own:certificate": st.sampled_from(CERTIFICATES)}),
        "readPoint": st.fixed_dictionaries({"id": st.sampled_from(SITES)}),
        "bizLocation": st.fixed_dictionaries({"id": st.sampled_from(SITES)}),
    },
)


@pytest.mark.parametrize("per", sorted(EVERYBODY))
@given(event=events, member=st.sampled_from(MEMBERS))
def test_an_event_enters_the_accounts_that_it_concerns(per: str, event: dict[str, Any], member: str) -> None:
    counter = counters_of([STOCK | AMOUNT | {"per": PER.get(per, per)}])["stock"]
    counted = CountedEvent(event, "in", 1, 1, member)
    expected = {subject for subject in EVERYBODY[per] if concerns(counter, subject, counted)}
    assert subjects_of(counter, counted) == expected
    watch = Watch({"stock": counter})
    assert {*watch.entries(counted)} == {Entry("stock", subject, 1) for subject in expected}
    assert {*watch.entries(counted._replace(cte="seen"))} == set()
    assert {*watch.entries(counted._replace(sealed=True))} == {Entry("stock", ANY_SUBJECT, 1)}


def watch_of(**changed: Any) -> Watch:
    part = STOCK | AMOUNT | {"name": "part", "per": "lot"}
    part.pop("level")
    whole = {"name": "whole", "fr": "t", "en": "t", "unit": "KGM", "per": "lot", "of": ["part"], "most": "9"}
    return Watch(counters_of([part, whole | {"level": "warning"} | changed]))


def test_an_entry_of_a_part_changes_the_account_of_the_whole_and_no_other() -> None:
    watch = watch_of()
    assert [each.name for each in watch.watched] == ["whole"]
    assert [*watch.accounts([Entry("part", LOTS[0], 3), Entry("part", ANY_SUBJECT, 4)])] == [("whole", LOTS[0])]


@pytest.mark.parametrize("changed", [{"most": "8"}, {"level": "error"}, {"of": []}, {"unit": "GRM"}])
def test_what_is_counted_has_a_name_that_changes_with_it(changed: dict[str, Any]) -> None:
    assert watch_of(**changed).digest != watch_of().digest
    assert watch_of(fr="autre", en="other").digest == watch_of().digest


def test_the_name_is_the_same_in_every_process() -> None:
    source = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1]);"
        "from unit.sectors.test_counter_watch import watch_of; print(watch_of().digest)"
    )
    for seed in ("1", "2"):
        asked = [sys.executable, "-c", source, json.dumps(sys.path)]
        done = subprocess.run(asked, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == watch_of().digest
