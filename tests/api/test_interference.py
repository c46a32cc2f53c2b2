"""Two worlds that differ by one thing hidden from a viewer answer him alike, but for what docs/visibility.md lists.

What may differ is computed from that list: each declassification has its normaliser (builders/worlds.py), and without
any one of them a known pair of worlds differs, so that the list is no longer than it must be.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.instance import FixedClock, Sender, open_instance, seeded_key
from builders.worlds import ALL, LOTS, NAMES, PREFIXES, Reader, World, differences, objects_of
from codebase import ROOT
from filiere_platform.usecases.members import create_enrolment_token
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.erasure import Erased

Story = list[tuple[str, dict[str, Any]]]
FOLDERS = itertools.count(1)
SHARED = {"filiere:sharing": "sector"}
PRIVATE = {"filiere:sharing": "private"}


@dataclass(frozen=True, kw_only=True)
class Template:
    """An instance in which everybody is admitted and nothing is told: worlds are copies of it."""

    folder: Path
    members: dict[str, Sender]

    @contextmanager
    def two_worlds(self, folder: Path) -> Iterator[tuple[World, World]]:
        """Open two instances with the same keys, members and clock."""
        with ExitStack() as stack:
            yield self._open(folder / f"{next(FOLDERS)}", stack), self._open(folder / f"{next(FOLDERS)}", stack)

    def _open(self, folder: Path, stack: ExitStack) -> World:
        copytree(self.folder, folder)
        clock = FixedClock()
        instance = stack.enter_context(open_instance(folder, clock=clock, is_founded=True))
        return World(instance, clock=clock, members=self.members)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder, clock = tmp_path_factory.mktemp("template"), FixedClock()
    with open_instance(folder, clock=clock, seed="worlds") as instance:
        return Template(folder=folder, members=World(instance, clock=clock).members)


def at(*lots: int) -> list[dict[str, str]]:
    return [{"epcClass": World.lot(lot)} for lot in lots]


def to(world: World, name: str) -> dict[str, Any]:
    return {"destinationList": [{"type": "owning_party", "destination": world.members[name].uri}]}


def make(*lots: int, **more: Any) -> dict[str, Any]:
    return {"action": "ADD", "bizStep": "commissioning", "quantityList": at(*lots), **more}


def ship(world: World, lot: int, name: str) -> dict[str, Any]:
    return {"bizStep": "shipping", "quantityList": at(lot), **to(world, name)}


def compare(
    with_it: World,
    without: World,
    *,
    allowed: frozenset[str] = ALL,
    hidden: str = "",
    apart: Mapping[str, tuple[str, ...]] | None = None,
) -> list[str]:
    """Compare what the viewer is answered.

    Args:
        with_it: the world with more in it.
        without: the other one.
        allowed: the declassifications that are normalised.
        hidden: what is told in the first one alone.
        apart: by declassification, what was told in both and stands differently: withdrawn, erased, asked for.
    """
    for world in (with_it, without):
        world.settle()
    common = [name for name in without.told if name in with_it.told]
    gained = [name for name in common if with_it.sees(name) != without.sees(name)]
    assert {with_it.told[name][1]["filiere:sharing"] for name in gained} <= {"linked", "chain"}
    changed = {"D5": tuple(gained), **(apart or {})}
    told = {name for each, names in changed.items() if each in allowed for name in names if name in without.told}
    left_out = {*told, *(lot for name in told for lot in objects_of(without.told[name][1]))}
    left_out |= {"events ", "bus", "home"} if told else set()
    known = [lot for lot in map(World.lot, range(LOTS)) if hidden and with_it.knows_of(lot, hidden)]
    purposes = changed.get("D9", ())
    one, other = (
        Reader(world=world, common=common, allowed=allowed, known=known, apart=purposes).answers()
        for world in (with_it, without)
    )
    return differences(one, other, apart=left_out)


@st.composite
def steps(draw: st.DrawFn, *, hidden: bool = False) -> tuple[str, dict[str, Any]]:
    """One thing that somebody tells, lots by number; a hidden one names the viewer nowhere."""
    lots = draw(st.lists(st.integers(0, LOTS - 1), min_size=2, max_size=2, unique=True))
    kinds = ["make", "change", "ship", "receive", "pack"]
    step: dict[str, Any] = {"lots": lots, "kind": draw(st.sampled_from(kinds))}
    step["mode"] = draw(st.sampled_from(["private", "partners", *([] if hidden else ["linked", "chain", "sector"])]))
    others = [None, *NAMES[1:], *([] if hidden else ["viewer"])]
    step["to"] = draw(st.sampled_from(others))
    return draw(st.sampled_from(NAMES[1:] if hidden else NAMES)), step


def event_of(world: World, step: dict[str, Any]) -> dict[str, Any]:
    first, second = step["lots"]
    kind = step["kind"]
    event: dict[str, Any] = {"filiere:sharing": step["mode"], "bizStep": "shipping", "quantityList": at(first)}
    if kind == "make":
        event |= make(first)
    elif kind == "receive":
        event |= {"bizStep": "receiving"}
    elif kind == "change":
        event |= {"type": "TransformationEvent", "action": None, "bizStep": "commissioning", "quantityList": None}
        event |= {"inputQuantityList": at(first), "outputQuantityList": at(second)}
    elif kind == "pack":
        box = {"parentID": "https://id.gs1.org/00/395212340000000014", "childQuantityList": at(first)}
        event |= {"type": "AggregationEvent", "action": "ADD", "bizStep": "packing", "quantityList": None, **box}
    return event | (to(world, step["to"]) if step["to"] else {})


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=st.lists(steps(), min_size=2, max_size=6), extra=steps(hidden=True), place=st.integers(0, 6))
def test_a_hidden_event_anywhere_in_the_story_changes_nothing_but_what_is_listed(
    tmp_path_factory: pytest.TempPathFactory,
    template: Template,
    story: Story,
    extra: tuple[str, dict[str, Any]],
    place: int,
) -> None:
    with template.two_worlds(tmp_path_factory.mktemp("worlds")) as (with_it, without):
        hidden = f"x-{min(place, len(story)) * 10 + 5}"
        for number, told in enumerate([*story, None]):
            if hidden == f"x-{number * 10 + 5}":
                with_it.tell(hidden, extra[0], **event_of(with_it, extra[1]))
            for world in (with_it, without) if told else ():
                world.tell(f"t-{number * 10 + 10}", told[0], **event_of(world, told[1]))
        found = compare(with_it, without, hidden=hidden)
        assert not found, "\n".join(found)


Pair = Callable[[World, World], dict[str, Any]]


def a_hidden_record_between_two(with_it: World, without: World) -> dict[str, Any]:
    for world in (with_it, without):
        world.tell("t-10", "mill", **make(0), **SHARED)
        if world is with_it:
            world.tell("x-15", "mill", **make(3), **PRIVATE)
        world.tell("t-20", "mill", **make(1), **SHARED)
    return {"hidden": "x-15"}


def a_hidden_making_of_what_was_received(with_it: World, without: World) -> dict[str, Any]:
    with_it.tell("x-5", "mill", **make(1), **PRIVATE)
    for world in (with_it, without):
        world.tell("t-10", "mill", **ship(world, 1, "viewer"), **{"filiere:sharing": "partners"})
    return {"hidden": "x-5"}


def a_hidden_withdrawal(with_it: World, without: World) -> dict[str, Any]:
    for world in (with_it, without):
        world.tell("t-10", "mill", **make(1), **SHARED)
    withdrawn = with_it.told["t-10"][1]["eventID"]
    declared = {"declarationTime": "2026-03-20T06:00:00Z", "reason": "incorrect_data"}
    with_it.tell("x-15", "mill", **make(1), **PRIVATE, eventID=withdrawn, errorDeclaration=declared)
    return {"hidden": "x-15", "apart": {"D4": ("t-10",)}}


def a_hidden_step_of_a_chain(with_it: World, without: World) -> dict[str, Any]:
    for world in (with_it, without):
        world.tell("t-10", "mill", **make(1), **{"filiere:sharing": "chain"})
        if world is with_it:
            world.tell("x-15", "mill", **ship(world, 1, "baker"), **{"filiere:sharing": "partners"})
        world.tell("t-20", "baker", **ship(world, 1, "viewer"), **{"filiere:sharing": "partners"})
    return {"hidden": "x-15"}


def a_key_of_somebody_else(with_it: World, without: World) -> dict[str, Any]:
    for world in (with_it, without):
        world.tell("t-10", "mill", **make(0), **SHARED)
    rival = with_it.members["rival"]
    with with_it.instance.platform.database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=rival.uri, now=with_it.clock())
    assert with_it.instance.enrol(rival.uri, seeded_key("another key"), token).status_code == 201
    return {}


def _erased(what: Erased, declassified: str) -> Pair:
    def tell(with_it: World, without: World) -> dict[str, Any]:
        for world in (with_it, without):
            event, disclosures = seal(
                world.event("t-10", **make(0), **SHARED, ilmd={"dairy:farm": "Alpage"}), ["/ilmd"]
            )
            world.send("t-10", "mill", event, disclosures)
        with_it.instance.erase(with_it.told["t-10"][2], what=what)
        return {"apart": {declassified: ("t-10",)}}

    return tell


def a_request_for_ones_own(with_it: World, without: World) -> dict[str, Any]:
    for world in (with_it, without):
        world.tell("t-10", "viewer", **make(2), **PRIVATE)
        world.tell("t-20", "viewer", **ship(world, 2, "rival"), **{"filiere:sharing": "partners"})
    rival = with_it.members["rival"]
    (node,) = rival.get("/api/v1/trace", object=World.lot(2)).json()["sealed"]
    asked = {"handle": node["handle"], "purpose": "rappel"}
    assert rival.client.post("/api/v1/access-requests", json=asked, headers=rival.headers).status_code == 201
    return {"apart": {"D9": ("rappel",)}}


def under(prefix: str) -> list[dict[str, str]]:
    return [{"epcClass": f"urn:epc:class:lgtin:{prefix}.000017.L1"}]


def a_hidden_declaration_under_ones_own(with_it: World, without: World) -> dict[str, Any]:
    theirs, mine = under(PREFIXES["mill"]), under(PREFIXES["viewer"])
    with_it.tell("x-5", "rival", action="ADD", quantityList=mine, **PRIVATE)
    for world in (with_it, without):
        world.settle()
        world.tell("t-10", "viewer", action="ADD", quantityList=theirs, **PRIVATE)
    return {"hidden": "x-5"}


PLAYED_ELSEWHERE = {
    "D10": ("tests/api/test_looks.py", "test_each_member_is_told_of_looks_at_its_own_records_alone"),
    "D11": (
        "tests/api/test_mandates.py",
        "test_who_is_no_party_reads_nothing_of_a_mandate_and_who_is_looked_at_reads_of_himself",
    ),
    "D12": (
        "tests/api/test_views_apart.py",
        "test_what_is_not_public_changes_no_byte_of_what_a_stranger_is_answered",
    ),
    "D17": ("tests/api/test_recalls.py", "test_what_happens_beyond_changes_numbers_alone"),
    "D18": ("tests/api/test_cases.py", "test_a_case_passes_between_its_two_members_alone"),
    "D13": (
        "tests/api/test_suppliers.py",
        "test_an_identifier_tells_who_is_a_member_only_where_that_is_no_secret",
    ),
}
PAIRS: dict[tuple[str, ...], Pair] = {
    ("D1", "D14"): a_hidden_record_between_two,
    ("D2", "D3"): a_hidden_making_of_what_was_received,
    ("D4",): a_hidden_withdrawal,
    ("D5",): a_hidden_step_of_a_chain,
    ("D6",): a_key_of_somebody_else,
    ("D7",): _erased(Erased.DISCLOSURES, "D7"),
    ("D8",): _erased(Erased.PAYLOAD, "D8"),
    ("D9",): a_request_for_ones_own,
    ("D15", "D16"): a_hidden_declaration_under_ones_own,
}


@pytest.mark.parametrize("declassified", PAIRS, ids=" ".join)
def test_two_worlds_differ_by_what_a_declassification_allows_and_by_nothing_else(
    tmp_path: Path, template: Template, declassified: tuple[str, ...]
) -> None:
    with template.two_worlds(tmp_path) as (with_it, without):
        more = PAIRS[declassified](with_it, without)
        found = compare(with_it, without, **more)
        assert not found, "\n".join(found)
        for each in declassified:
            assert compare(with_it, without, allowed=ALL - {each}, **more) != [], each


def test_every_listed_declassification_has_its_normaliser_and_its_pair_of_worlds() -> None:
    page = (ROOT / "docs" / "visibility.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (D\d+) [a-z-]+ \|", page, re.MULTILINE)
    played = [each for ids in PAIRS for each in ids]
    assert sorted(each for each in listed if each not in PLAYED_ELSEWHERE) == sorted(played)
    assert set(listed) == ALL
    for path, name in PLAYED_ELSEWHERE.values():
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
