"""The worked cases of tests/vectors/trace, captured and asked on both databases: the same answers as by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import services
from builders.instance import Instance, Sender, open_instance
from builders.trace_cases import PARTS, Names, cases, parts_of, read_case
from filiere_platform.domain.audience import OPERATOR, SharingMode
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_at, trace_object


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def instance(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One instance for all cases: none of them may be in another's way."""
    url = services.create_database(request.getfixturevalue("postgresql_url")) if request.param == "production" else ""
    with open_instance(tmp_path_factory.mktemp("cases"), database_url=url) as opened:
        yield opened
    if url:
        services.drop_database(url)


@pytest.fixture(scope="module")
def senders(instance: Instance) -> dict[str, Sender]:
    return {}


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_the_answer_is_the_one_worked_out_by_hand(folder: Path, instance: Instance, senders: dict[str, Sender]) -> None:
    case, names = read_case(folder), Names(folder.name)
    assert case.answer.keys() <= set(PARTS)
    indexes = []
    for told in case.events:
        sender = senders.get(told["by"]) or senders.setdefault(
            told["by"], instance.admit(told["by"], sharing=SharingMode.SECTOR)
        )
        answer = sender.send_events(names.event(told["event"]))
        assert answer.status_code == 200, answer.text
        indexes.append(answer.json()["records"][0]["index"])
    asked = case.question
    known = asked.get("as_of")
    question = TraceQuestion(
        object=names.write(asked["object"]),
        ways=Ways(asked["direction"]),
        as_of=None if known is None else indexes[known - 1] + 1,
        at=read_at(asked.get("at")),
        **{limit: asked[limit] for limit in ("max_depth", "max_nodes") if limit in asked},
    )
    with instance.platform.database.unit_of_work() as uow:
        found = parts_of(trace_object(uow, OPERATOR, question), names)
    assert {part: found[part] for part in case.answer} == case.answer


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_a_case_says_why(folder: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) >= 3
