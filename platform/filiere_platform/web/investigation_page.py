"""`/investigation`: which site, lot or delivery some incidents come from.

The form is posted: what is suspected of whom is no address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fastapi import APIRouter, Response

from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.usecases.investigation import (
    MOST_PERIODS,
    MOST_WEIGHTS,
    InvestigationQuestion,
    Known,
    Period,
    investigate,
)
from filiere_platform.usecases.trace import read_as_of
from filiere_platform.usecases.trace_set import MOST_ROOTS, SetQuestion
from filiere_platform.web.inquiry_fields import read_lines, read_objects, read_period
from filiere_platform.web.lot_choice import LONGEST_TIME
from filiere_platform.web.searching import read_query
from filiere_platform.web.session import posting
from filiere_platform.web.sets_page import LARGEST_PASTE
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.problems import Problem, Refusal

MOST_SHOWN: Final = 200  # deliveries on the page; the API gives up to 2,000
_FIELDS: Final = ("objects", "incidents", "sound", "crossings", "killed", "as_of")
_WEIGHT: Final = re.compile(r"[0-9]{1,6}([.,][0-9]{1,6})?")
_EVENT: Final = re.compile(r"#([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A line of the form: what it names, as it was typed, and what is known of it."""

    typed: str
    known: Known

    def named(self) -> tuple[str, str]:
        """Say what is asked about, with its sort."""
        if self.known.event is not None:
            return "event", str(self.known.event)
        return ("place", self.known.place) if self.known.place is not None else ("member", self.known.member or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the form holds, read."""

    objects: tuple[str, ...]
    weights: tuple[_Source, ...]
    crossings: tuple[Period, ...]
    killed: tuple[_Source, ...]

    def named(self) -> Iterator[tuple[str, str]]:
        """Give everything that is asked about."""
        yield from (("object", each) for each in self.objects)
        yield from (each.named() for each in (*self.weights, *self.killed))
        yield from (("place", each.place) for each in self.crossings)


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    page = _InvestigationPage(frame)
    routes.get("/investigation")(frame.shown(page.form))
    routes.post("/investigation")(posting(frame.shown(page.answer), most=LARGEST_PASTE))


class _InvestigationPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def form(self, visit: Visit) -> Response:
        """The form, with the objects of the address in it."""
        text = dict.fromkeys(_FIELDS, "")
        text["objects"] = "\n".join(visit.request.query_params.getlist("object"))[:LARGEST_PASTE]
        return self._show(visit, text, None, None)

    def answer(self, visit: Visit) -> Response:
        """The answer to what was posted, below the form."""
        text = {name: "\n".join(visit.form.get(name, "").strip().splitlines()) for name in _FIELDS}
        text["as_of"] = text["as_of"][:LONGEST_TIME]
        members = {member.uri for member in self._frame.services.directory.current().members.values()}
        asked = _read(text, members)
        question = InvestigationQuestion(
            objects=SetQuestion(objects=asked.objects, as_of=read_as_of(text["as_of"] or None)),
            weights=[each.known for each in asked.weights],
            crossings=asked.crossings,
            killed=[each.known for each in asked.killed],
        )
        viewer = visit.viewer.asking(asked.named())
        with self._frame.services.units.unit_of_work() as uow:
            found = investigate(uow, viewer, question)
        return self._show(visit, text, asked, found)

    def _show(
        self, visit: Visit, text: Mapping[str, str], asked: _Asked | None, found: Mapping[str, Any] | None
    ) -> Response:
        directory = self._frame.services.directory.current()
        names = {member.uri: member.name for member in directory.members.values()}
        return self._frame.page(
            visit, "investigation.html", text=text, asked=asked, found=found, names=names, most=MOST_SHOWN
        )


def _read(text: Mapping[str, str], members: Collection[str]) -> _Asked:
    """Read what was posted.

    Raises:
        InvalidIdentifier: a line is no identifier.
        Refusal: code `query-parameter`: nothing, or too much, of something; a time that cannot be read.
    """
    objects = read_objects(text["objects"])
    incidents = list(_sources(text["incidents"], members, sign=1))
    sound = list(_sources(text["sound"], members, sign=-1))
    killed = list(_sources(text["killed"], members, sign=0))
    crossings = [_period(line) for line in read_lines(text["crossings"])]
    for name, given, least, most in (
        ("objects", len(objects), 1, MOST_ROOTS),
        ("incidents", len(incidents), 1, MOST_WEIGHTS),
        ("sound", len(incidents) + len(sound), 0, MOST_WEIGHTS),
        ("killed", len(killed), 0, MOST_WEIGHTS),
        ("crossings", len(crossings), 0, MOST_PERIODS),
    ):
        if not least <= given <= most:
            raise _refused(name, str(given), f"{least}..{most}")
    return _Asked(
        objects=tuple(objects), weights=(*incidents, *sound), crossings=tuple(crossings), killed=tuple(killed)
    )


def _sources(text: str, members: Collection[str], *, sign: int) -> Iterator[_Source]:
    """Read a line each: a site, a member, or `#` and the number of a record; then its weight, 1 unless given."""
    for line in read_lines(text):
        what, _, last = line.rpartition(" ")
        weighted = bool(what) and _WEIGHT.fullmatch(last) is not None
        what, weight = (what.strip(), last.replace(",", ".")) if weighted else (line, "1")
        amount, event = sign * Fraction(Decimal(weight)), _EVENT.fullmatch(what)
        if event is not None:
            known = Known(amount=amount, event=int(event[1]))
        elif what in members:
            known = Known(amount=amount, member=what)
        else:
            known = Known(amount=amount, place=read_query(what))
        yield _Source(typed=what, known=known)


def _period(line: str) -> Period:
    """Read a site, and from when to when everything at it may have touched everything else."""
    place, since, until = read_period(line, "crossings")
    return Period(place=place, since=since, until=until)


def _refused(name: str, found: str, expected: str) -> Refusal:
    return Refusal([Problem(sentence=QUERY_PARAMETER, values={"name": name, "found": found, "expected": expected})])
