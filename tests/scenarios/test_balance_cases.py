"""The worked cases of tests/vectors/balance, captured and asked on both databases: the same answers as by hand.

A case is a folder as those of traces are (builders/trace_cases.py); `rules.toml` beside it is the sector's. Its answer
gives some members of the whole one; lists are given whole, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import services
from builders.instance import Instance, Sender, open_instance
from builders.trace_cases import Names, read_case
from filiere_platform.domain.audience import OPERATOR, SharingMode
from filiere_platform.usecases.balance import SiteQuestion, balance_objects, balance_site, dilute_object, read_instant
from filiere_schemas.sectors.balance import NO_RULES, parse_balance_rules

FOLDER: Final = Path(__file__).resolve().parent.parent / "vectors" / "balance"
CASES: Final = sorted(path for path in FOLDER.iterdir() if path.is_dir())


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    url = services.create_database(request.getfixturevalue("postgresql_url")) if request.param == "production" else ""
    with open_instance(tmp_path_factory.mktemp("cases"), database_url=url) as opened:
        yield opened
    if url:
        services.drop_database(url)


@pytest.fixture(scope="module")
def senders(instance: Instance) -> dict[str, Sender]:
    return {}


def ask(instance: Instance, folder: Path, question: dict[str, Any]) -> dict[str, Any]:
    path = folder / "rules.toml"
    rules = parse_balance_rules(path.read_text(encoding="utf-8")) if path.exists() else NO_RULES
    with instance.platform.database.unit_of_work() as uow:
        if "dilution" in question:
            return dilute_object(uow, OPERATOR, question["dilution"], rules=rules)
        if "object" in question:
            return balance_objects(uow, OPERATOR, [question["object"]], rules=rules)
        start, stop = (read_instant(name, question[name]) for name in ("from", "to"))
        site = SiteQuestion(site=question["site"], start=start, stop=stop, unit="KGM")
        return balance_site(uow, OPERATOR, site, rules=rules)


def named(value: Any, names: Names) -> Any:
    """The answer with the names of its case."""
    if isinstance(value, dict):
        return {key: named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, names) for item in value]
    return names.read(value) if isinstance(value, str) else value


def part_of(found: Any, expected: Any) -> Any:
    """What is found, reduced to the members that are expected."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {name: part_of(found.get(name), expected[name]) for name in expected}
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [part_of(one, other) for one, other in zip(found, expected, strict=True)]
    return found


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_answer_is_the_one_worked_out_by_hand(folder: Path, instance: Instance, senders: dict[str, Sender]) -> None:
    case, names = read_case(folder), Names(folder.name)
    for told in case.events:
        sender = senders.get(told["by"]) or senders.setdefault(
            told["by"], instance.admit(told["by"], sharing=SharingMode.SECTOR)
        )
        answer = sender.send_events(names.event(told["event"]))
        assert answer.status_code == 200, answer.text
    found = named(ask(instance, folder, names.write(case.question)), names)
    assert part_of(found, case.answer) == case.answer


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_case_says_why_and_states_something(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) >= 3
    assert json.loads((folder / "answer.json").read_text(encoding="utf-8"))["objects"]
