"""Cases as their two members read them: whose step is next, what may be done, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filiere_platform.domain.case import Case, CaseQuery, Proposal, Step, step_document
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Directory
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.case import parties_of
from filiere_schemas.problems import Language
from filiere_schemas.sectors.machine import Machine, Side, Transition
from filiere_schemas.sectors.profile import Text

MOST_LISTED: Final = 200  # of one page


def machine_as_json(machine: Machine, language: Language) -> dict[str, Any]:
    """Lay out a machine in a language: its states, its fields, who takes which step."""
    return {
        "machine": machine.name,
        "title": _in(machine.text, language),
        "of": machine.of,
        "initial": machine.initial,
        "asks": list(machine.asks),
        "states": [
            {"state": each.name, "title": _in(each.text, language), "final": each.is_final, "days": each.days}
            for each in machine.states.values()
        ],
        "fields": _fields(machine, language),
        "transitions": [{"from": each.start} | _way(machine, each, language) for each in machine.transitions],
    }


def list_cases(
    uow: UnitOfWork, member_id: int, directory: Directory, query: CaseQuery, *, language: Language, now: int
) -> list[dict[str, Any]]:
    """List the cases that a member sent or received, the newest first."""
    return [
        summary_of(case, directory, member_id, language=language, now=now)
        for case in uow.cases.of_member(member_id, query)
    ]


def summary_of(case: Case, directory: Directory, member_id: int, *, language: Language, now: int) -> dict[str, Any]:
    """Lay out what a list says of a case; `yours` says whether the next step may be one's own."""
    side = case.side_of(member_id)
    return {
        "id": case.id,
        "machine": case.machine.name,
        "title": _in(case.machine.text, language),
        "of": case.machine.of,
        "profile": case.profile,
        "side": None if side is None else side.value,
        "sender": directory.members[case.sender_id].uri,
        "receiver": directory.members[case.receiver_id].uri,
        "subjects": list(case.subjects),
        "state": case.state,
        "stateTitle": _in(case.where.text, language),
        "number": case.number,
        "over": case.where.is_final,
        "yours": side is not None and bool(case.ways_of(side)),
        "opened": iso_instant(case.opened_at),
        "changed": iso_instant(case.changed_at),
        "due": None if case.due_at is None else iso_instant(case.due_at),
        "overdue": case.due_at is not None and case.due_at < now,
    }


def show_case(
    uow: UnitOfWork, case: Case, directory: Directory, member_id: int, *, language: Language, now: int
) -> dict[str, Any]:
    """Lay out a case whole; who proposed what is told to his own side alone."""
    side = case.side_of(member_id) or Side.SENDER
    ways, parties = case.ways_of(side), parties_of(uow, case)
    steps = uow.cases.steps(case.id)
    before = [None, *(step.sha256 for step in steps)]
    proposal = uow.cases.proposal(case.id)
    own = proposal if proposal is not None and proposal.side is side else None
    return {
        **summary_of(case, directory, member_id, language=language, now=now),
        "steps": [
            _step(case, step, previous, parties, language) for step, previous in zip(steps, before, strict=False)
        ],
        "ways": [_way(case.machine, each, language) for each in ways],
        "fields": _fields(case.machine, language),
        "proposal": None if own is None else _proposal(case, own, language),
    }


def _step(
    case: Case, step: Step, previous: str | None, parties: Mapping[Side, str], language: Language
) -> dict[str, Any]:
    return {
        "number": step.number,
        "at": iso_instant(step.at),
        "side": step.side.value,
        "from": step.start,
        "to": step.to,
        "toTitle": _in(case.machine.states[step.to].text, language),
        "text": step.said.text,
        "fields": dict(step.said.fields),
        "index": step.log_index,
        "sha256": step.sha256,
        "document": step_document(case, step, previous, parties),
    }


def _proposal(case: Case, proposal: Proposal, language: Language) -> dict[str, Any]:
    return {
        "to": proposal.to,
        "toTitle": _in(case.machine.states[proposal.to].text, language),
        "text": proposal.said.text,
        "fields": dict(proposal.said.fields),
        "person": proposal.person,
        "at": iso_instant(proposal.at),
        "sha256": proposal.sha256,
    }


def _fields(machine: Machine, language: Language) -> list[dict[str, Any]]:
    return [
        {
            "field": each.name,
            "title": _in(each.text, language),
            "words": None if each.words is None else {name: _in(text, language) for name, text in each.words.items()},
            "pattern": each.pattern,
        }
        for each in machine.fields.values()
    ]


def _way(machine: Machine, way: Transition, language: Language) -> dict[str, Any]:
    return {
        "to": way.to,
        "title": _in(machine.states[way.to].text, language),
        "by": None if way.by is None else way.by.value,
        "persons": sorted(way.persons),
        "fourEyes": way.four_eyes,
        "asks": list(way.asks),
    }


def _in(text: Text, language: Language) -> str:
    return text.fr if language == "fr" else text.en
