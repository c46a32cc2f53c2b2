"""`/sets`: questions about many objects that are pasted: their traces as one, common ancestors, differences, presence.

The form is posted: hundreds of identifiers are no address. A question that is short enough is one all the same, and the
page gives it beside the answer; it holds what was asked and nothing of the asker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.set_tables import write_set_table
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_as_of
from filiere_platform.usecases.trace_set import (
    MOST_ROOTS,
    SetQuestion,
    common_ancestors,
    find_presence,
    trace_difference,
    trace_set,
)
from filiere_platform.web.inquiry_fields import read_objects
from filiere_platform.web.lot_choice import LONGEST_TIME
from filiere_platform.web.session import posting
from filiere_platform.web.visit import LONGEST_QUERY, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

LARGEST_PASTE: Final = 400_000  # bytes: hundreds of identifiers, escaped
MOST_PRESENCES: Final = 20  # objects of which one asks whether somebody is in their chains: a trace each
_CSV: Final = "text/csv; charset=utf-8"
KINDS: Final = ("trace", "ancestors", "difference", "presence")
LONGEST_ADDRESS: Final = 1_800  # characters: what mail programs, proxies and their logs pass on whole
_FIELDS: Final = ("objects", "sound", "member", "direction", "as_of", "to_as_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the form holds, read."""

    kind: str
    text: Mapping[str, str]
    objects: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()
    ways: Ways = Ways.BOTH

    def address(self) -> str | None:
        """Give the address of the question; None where it is too long to be one."""
        fields = [("ask", self.kind), *((name, value) for name, value in self.text.items() if value)]
        fields += [] if self.ways is Ways.BOTH else [("direction", self.ways.value)]
        address = f"/sets?{urlencode(fields)}"
        return address if len(address) <= LONGEST_ADDRESS else None

    def together(self) -> SetQuestion:
        """Give the question about all objects as one."""
        return SetQuestion(objects=self.objects, ways=self.ways, as_of=self._log("as_of"))

    def sides(self) -> tuple[TraceQuestion, TraceQuestion]:
        """Give what is compared: two objects, or one at two states of the log.

        Raises:
            Refusal: code `query-parameter`.
        """
        before, after = self._log("as_of"), self._log("to_as_of")
        is_one = len(self.objects) == 1
        if len(self.objects) > 2 or (is_one and before is None and after is None):  # noqa: PLR2004 - the two sides
            raise _refused("objects", str(len(self.objects)), "2 | 1, as_of")
        return (
            TraceQuestion(object=self.objects[0], ways=self.ways, as_of=before),
            TraceQuestion(object=self.objects[-1], ways=self.ways, as_of=after),
        )

    def chains(self) -> list[TraceQuestion]:
        """Give the chains in which somebody is looked for.

        Raises:
            Refusal: code `query-parameter`.
        """
        if not self.text["member"] or len(self.objects) > MOST_PRESENCES:
            name = "objects" if self.text["member"] else "member"
            raise _refused(name, str(len(self.objects)), f"1..{MOST_PRESENCES}")
        known = self._log("as_of")
        return [TraceQuestion(object=each, ways=self.ways, as_of=known) for each in self.objects]

    def _log(self, name: str) -> int | datetime | None:
        return read_as_of(self.text[name] or None)


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    page = _SetsPage(frame)
    routes.get("/sets")(frame.shown(page.form))
    routes.post("/sets")(posting(frame.shown(page.answer), most=LARGEST_PASTE))


class _SetsPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def form(self, visit: Visit) -> Response:
        """The form, with an object of the address in it, or the answer to a question that is an address."""
        if "ask" in visit.request.query_params:
            return self._answer(visit, visit.request.query_params)
        first = visit.request.query_params.get("object", "")[:LONGEST_QUERY]
        return self._show(visit, _Asked(kind=KINDS[0], text=dict.fromkeys(_FIELDS, "") | {"objects": first}), None)

    def answer(self, visit: Visit) -> Response:
        """The answer to what was pasted, below the form, or as a file."""
        return self._answer(visit, visit.form)

    def _answer(self, visit: Visit, given: Mapping[str, str]) -> Response:
        asked = _read(given)
        named = [*asked.objects, *asked.sound, asked.text["member"]]
        viewer = visit.viewer.asking(("object", each) for each in named if each)
        found = self._find(viewer, asked)
        if given.get("format") != "csv":
            return self._show(visit, asked, found)
        dialect = Dialect.FR if visit.words.language == "fr" else Dialect.RFC4180
        headers = {"Content-Disposition": f'attachment; filename="{asked.kind}.csv"'}
        return Response("".join(write_set_table(asked.kind, found, dialect)), media_type=_CSV, headers=headers)

    def _find(self, viewer: Viewer, asked: _Asked) -> Any:
        services = self._frame.services
        with services.units.unit_of_work() as uow:
            if asked.kind == "ancestors":
                return common_ancestors(uow, viewer, asked.together(), asked.sound)
            if asked.kind == "difference":
                return trace_difference(uow, viewer, *asked.sides())
            if asked.kind == "presence":
                return [find_presence(uow, viewer, each, asked.text["member"]) for each in asked.chains()]
            return trace_set(
                uow, viewer, asked.together(), key=services.handle_key, names_members=services.names_members
            )

    def _show(self, visit: Visit, asked: _Asked, found: Any) -> Response:
        directory = self._frame.services.directory.current()
        names = {member.uri: member.name for member in directory.members.values()}
        return self._frame.page(
            visit, "sets.html", asked=asked, found=found, kinds=KINDS, names=names, members=sorted(names.items())
        )


def _read(form: Mapping[str, str]) -> _Asked:
    """Read what was posted.

    Raises:
        InvalidIdentifier: a line is no identifier.
        Refusal: code `query-parameter`: no objects, or too many.
    """
    direction, kind = form.get("direction", ""), form.get("ask", "")
    text = {name: "\n".join(form.get(name, "").strip().splitlines()) for name in _FIELDS}
    text |= {name: text[name][:LONGEST_TIME] for name in ("as_of", "to_as_of")}
    text["member"] = text["member"][:LONGEST_QUERY]
    objects, sound = read_objects(text["objects"]), read_objects(text["sound"])
    if not 1 <= len(objects) + len(sound) <= MOST_ROOTS or not objects:
        raise _refused("objects", str(len(objects) + len(sound)), f"1..{MOST_ROOTS}")
    return _Asked(
        kind=kind if kind in KINDS else KINDS[0],
        text=text,
        objects=tuple(objects),
        sound=tuple(sound),
        ways=Ways(direction) if direction in set(Ways) else Ways.BOTH,
    )


def _refused(name: str, found: str, expected: str) -> Refusal:
    return Refusal([Problem(sentence=QUERY_PARAMETER, values={"name": name, "found": found, "expected": expected})])
