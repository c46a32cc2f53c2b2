"""A case: a notice, a certificate or an order between two members, which follows a state machine of the profile.

It keeps the machine as it was when it was opened. Whose step comes next, who in person may take it, and what is to be
said with it is the machine's; where a step asks for four eyes one person proposes it, and another approves what was
proposed, word for word.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from filiere_platform.domain import case_sentences as say
from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.plain_text import BREAKS, is_plain
from filiere_platform.domain.principal import Actor, Principal
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.sectors.machine import Machine, MachineField, Side, State, Transition
from filiere_schemas.sectors.pattern import Pattern

LONGEST_TEXT: Final = 2_000  # characters
LONGEST_VALUE: Final = 1_000  # characters of a field
MOST_SUBJECTS: Final = 100
MOST_OPEN: Final = 500  # cases that one member sent and that are not over
MOST_STEPS: Final = 200  # of one case: machines may go round
DAY: Final = 86_400_000_000  # microseconds
_SHOWN: Final = 80  # characters of a value that is refused
_NOTICE: Final = "notice"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said with a step: words, and fields by name."""

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it stands; times are microseconds since 1970, `number` is that of its last step, from 1."""

    id: str
    machine: Machine
    profile: str  # the sector and version whose machine it is
    sender_id: int
    receiver_id: int
    subjects: tuple[str, ...]
    state: str
    number: int
    opened_at: int
    changed_at: int
    shown: bool  # to the receiver, from the first state on that is no draft

    def side_of(self, member_id: int | None) -> Side | None:
        """Say which side a member is; None: it may not know of the case."""
        if member_id == self.sender_id:
            return Side.SENDER
        return Side.RECEIVER if self.shown and member_id == self.receiver_id else None

    @property
    def where(self) -> State:
        """The state it is in."""
        return self.machine.states[self.state]

    @property
    def due_at(self) -> int | None:
        """When it has been in its state for as long as it may."""
        return None if self.where.days is None else self.changed_at + self.where.days * DAY

    def ways_of(self, side: Side) -> tuple[Transition, ...]:
        """Give the steps that a side may take now."""
        return tuple(each for each in self.machine.ways(self.state) if each.is_open_to(side))

    def after(self, to: str, now: int) -> Case:
        """Give the case one step later."""
        return replace(
            self,
            state=to,
            number=self.number + 1,
            changed_at=now,
            shown=self.shown or not self.machine.is_draft(to),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a case; the first, from None, opens it. `sha256` is of its document, which names the one before."""

    number: int
    at: int
    side: Side
    start: str | None
    to: str
    said: Said
    sha256: str
    log_index: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A step that one person proposed and another of his side is to approve: the one behind step `number`."""

    number: int
    side: Side
    to: str
    said: Said
    person: str  # an opaque id
    at: int

    @property
    def sha256(self) -> str:
        """Name what is proposed, so that what is approved is what was read."""
        document = {"fields": dict(self.said.fields), "number": self.number, "text": self.said.text, "to": self.to}
        return hashlib.sha256(canonicalize(document)).hexdigest()


class CaseQuery(NamedTuple):
    """Which of a member's cases: those behind one, in the order in which they were opened, the newest first."""

    open_only: bool = False
    before: tuple[int, str] | None = None  # opened_at and id of the last one that was read
    limit: int | None = None


def new_case_id() -> str:
    """Make an id that nobody guesses."""
    return secrets.token_hex(8)


def require_subjects(machine: Machine, count: int) -> None:
    """Check how many objects a new case is about.

    Raises:
        Refusal: code `case-subject-needed`.
    """
    if count > MOST_SUBJECTS or (machine.of == _NOTICE and not count):
        raise _refused(say.SUBJECT_NEEDED, "/subjects", expected=MOST_SUBJECTS)


def read_said(machine: Machine, to: str, asks: tuple[str, ...], said: Said, *, opening: bool = False) -> Said:
    """Check what is said with a step, and give it without blanks around it; an empty field is not said.

    Raises:
        Refusal: codes `case-text`, `case-field-missing`, `case-field-unknown`, `case-field-value`, all of them.
    """
    text = said.text.replace("\r\n", "\n").strip()
    problems = []
    if len(text) > LONGEST_TEXT or not is_plain(text, BREAKS) or (opening and not text):
        problems.append(Problem(sentence=say.WORDS, pointer="/text", values={"expected": LONGEST_TEXT}))
    fields = {name: value.replace("\r\n", "\n").strip() for name, value in said.fields.items() if value.strip()}
    for name, value in fields.items():
        problems += _wrong_value(machine, name, value)
    problems += [
        Problem(sentence=say.FIELD_MISSING, pointer=f"/fields/{name}", values={"field": name, "to": to})
        for name in asks
        if name not in fields
    ]
    if problems:
        raise Refusal(problems)
    return Said(text, {name: fields[name] for name in sorted(fields)})


def way_of(case: Case, side: Side, to: str, by: Principal, *, number: int) -> Transition:
    """Decide whether somebody may take a step of a case that he has read at step `number`.

    Raises:
        Forbidden: codes `case-side`: the step is the other party's; `case-person`: it asks for a person of some role.
        Refusal: codes `case-moved`, `case-state`, `case-too-long`.
    """
    if number != case.number:
        raise _refused(say.MOVED, expected=case.number, state=case.state, found=number)
    leading = [each for each in case.machine.ways(case.state) if each.to == to]
    if not leading:
        expected = ", ".join(dict.fromkeys(each.to for each in case.machine.ways(case.state))) or "-"
        raise _refused(say.NO_WAY, "/to", state=case.state, found=to[:_SHOWN], expected=expected)
    open_to = [each for each in leading if each.is_open_to(side)]
    if not open_to:
        other = (leading[0].by or side).value
        values = {"state": case.state, "found": to, "side": other}
        raise Forbidden([Problem(sentence=say.OTHER_SIDE, pointer="/to", values=values)])
    if case.number >= MOST_STEPS:
        raise _refused(say.TOO_LONG, expected=MOST_STEPS)
    way = open_to[0]
    if (way.four_eyes or way.persons) and not _is_asked_for(way, by):
        roles = ", ".join(sorted(way.persons)) or "-"
        raise Forbidden([Problem(sentence=say.PERSON_NEEDED, values={"roles": roles})])
    return way


def approved(proposal: Proposal | None, wanted: tuple[int, Side, str, str], by: Principal) -> Proposal:
    """Give the proposal that somebody approves: of so many steps, his side, where it leads, and its digest.

    Raises:
        Refusal: codes `case-proposal-moved`: there is none, or another; `case-second-person`: it is his own.
    """
    if proposal is None or (proposal.number, proposal.side, proposal.to, proposal.sha256) != wanted:
        raise _refused(say.PROPOSAL_MOVED, "/approves")
    if proposal.person == by.actor_id:
        raise _refused(say.SECOND_PERSON)
    return proposal


def step_document(case: Case, step: Step, previous: str | None, parties: Mapping[Side, str]) -> dict[str, Any]:
    """Lay out a step as both parties can hash it (RFC 8785, SHA-256); `parties` are the members' URIs."""
    return {
        "case": case.id,
        "fields": dict(step.said.fields),
        "from": step.start,
        "machine": case.machine.name,
        "number": step.number,
        "previous": previous,
        "profile": case.profile,
        "receiver": parties[Side.RECEIVER],
        "sender": parties[Side.SENDER],
        "side": step.side.value,
        "subjects": list(case.subjects),
        "text": step.said.text,
        "to": step.to,
    }


def digest_of(document: Mapping[str, Any]) -> str:
    """Give the digest of a step's document, in lower-case hexadecimal."""
    return hashlib.sha256(canonicalize(dict(document))).hexdigest()


def _is_asked_for(way: Transition, by: Principal) -> bool:
    if by.actor is not Actor.PERSON or not by.actor_id:
        return False
    return not way.persons or bool(way.persons & {role.value for role in by.roles})


def _wrong_value(machine: Machine, name: str, value: str) -> list[Problem]:
    known = machine.fields.get(name)
    pointer = f"/fields/{name[:_SHOWN]}"
    if known is None:
        expected = ", ".join(machine.fields) or "-"
        values = {"found": name[:_SHOWN], "expected": expected}
        return [Problem(sentence=say.FIELD_UNKNOWN, pointer=pointer, values=values)]
    taken = _taken(known, value)
    if taken is None:
        return []
    values = {"found": value[:_SHOWN], "field": name, "expected": taken}
    return [Problem(sentence=say.FIELD_VALUE, pointer=pointer, values=values)]


def _taken(known: MachineField, value: str) -> str | None:
    """Say what a field takes where a value is not it."""
    if known.words is not None:
        return None if value in known.words else ", ".join(known.words)
    if known.pattern is not None:
        return None if Pattern(known.pattern).fits(value) else known.pattern
    return None if len(value) <= LONGEST_VALUE and is_plain(value, BREAKS) else f"1..{LONGEST_VALUE}"


def _refused(sentence: Sentence, pointer: str = "", **values: object) -> Refusal:
    return Refusal([Problem(sentence=sentence, pointer=pointer, values=values)])
