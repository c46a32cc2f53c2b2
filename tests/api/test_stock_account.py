"""What is on hand of a lot of food: what came in or was made of it, less what was shipped, used, sold or destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.instance import Instance, Sender, open_instance
from builders.reports import examples
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.counter_account import CountedEvent, account_of, counters_of
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.judging import cte_of
from filiere_schemas.sectors.profile import listed_in
from filiere_schemas.sectors.profile_files import find_sector

FOOD = find_sector("food")
COUNTERS = counters_of(listed_in(load_profile(FOOD).content, "counters.toml", "counter"))
PROFILE = ready_profile(FOOD)
A1, P1 = (f"https://id.gs1.org/01/09521001000017/10/{lot}" for lot in ("A1", "P1"))
SIGNS = {
    "receiving": 1, "receiving-from-exempt": 1, "receiving-unit": 1, "landing": 1, "harvesting": 1, "returning": 1,
    "transformation": -1, "initial-packing": -1, "slaughter": -1, "shipping": -1, "destruction": -1, "sale": -1,
    "stock-count": 0, "testing": 0, "blocking": 0, "release": 0, "withdrawal": 0, "cooling": 0, "packing": 0,
}  # fmt: skip
EXAMPLES = {each["eventID"].removeprefix("urn:example:"): each for each in examples("food")}


@pytest.fixture
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with open_instance(tmp_path_factory.mktemp("stock")) as instance:
        yield instance


@pytest.fixture
def farm(instance: Instance) -> Sender:
    farm = instance.admit("farm", sharing=SharingMode.PRIVATE)
    assert farm.send_events(*EXAMPLES.values()).status_code == 200
    return farm


def on_hand(sender: Sender, lot: str) -> dict[str, Any]:
    answer = sender.get("/api/v1/accounts/on-hand", subject=lot)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_the_account_of_a_lot_is_that_of_the_statement_of_figures(farm: Sender) -> None:
    """Worked by hand for the report: 7500 kg came in, 6500 went; 500 were counted, 500 are unaccounted for."""
    told = on_hand(farm, A1)
    assert (told["balance"], told["unit"], told["complete"]) == ("1000", "KGM", True)
    assert {line["counter"] for line in told["lines"]} == {"on-hand", "used"}
    assert sum(Fraction(line["amount"]) for line in told["lines"] if line["counter"] == "used") == -3500
    made = on_hand(farm, P1)
    assert (made["balance"], made["breaches"], {line["counter"] for line in made["lines"]}) == ("2960", [], {"made"})


@given(st.lists(st.sampled_from(sorted(name for name in SIGNS if name in EXAMPLES)), max_size=12))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_each_step_adds_or_takes_what_it_says_of_the_lot(steps: list[str]) -> None:
    events = []
    for index, step in enumerate(steps):
        event = {**EXAMPLES[step], "eventID": f"urn:example:{index}"}
        assert cte_of(PROFILE, event) == step
        events.append(CountedEvent(event, step, index, index, "urn:member"))
    account = account_of("on-hand", A1, events, COUNTERS)
    assert account.balance == 500 * sum(SIGNS[step] for step in steps)
    least = min((sum(SIGNS[step] for step in steps[: n + 1]) for n in range(len(steps))), default=0)
    assert bool(account.breaches) == (least < 0)
