"""`/master-data`: what one says of places, products and parties, and what others share; the same as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from fastapi import APIRouter, Response

from filiere_platform.domain.master_data import MasterDataQuery
from filiere_platform.render.table_file import MEDIA_TYPE, write_table
from filiere_platform.usecases.master_data import entry_as_json, find_master_data
from filiere_platform.web.visit import Frame, Visit

PAGE = 50
MOST_ROWS = 10_000  # entries of one file; the next one begins behind its last
COLUMNS = ("entry", "vocabulary", "id", "sharing", "member", "standing", "version", "at")
_LONGEST_CURSOR = 40


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _MasterDataPages(frame)
    routes.get("/master-data")(frame.shown(pages.show))
    routes.get("/master-data.csv")(frame.shown(pages.as_table))


class _MasterDataPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """One page of entries, each with its attributes."""
        entries, following = self._found(visit, PAGE)
        return self._frame.page(
            visit, "master-data.html", entries=entries, texts=_texts, after=_after(visit), next_after=following
        )

    def as_table(self, visit: Visit) -> Response:
        """A row for each attribute of each entry, as a CSV file."""
        entries, _ = self._found(visit, MOST_ROWS)
        rows = (
            [*(str(entry[name]) for name in COLUMNS), name, value]
            for entry in entries
            for name, value in list(_texts(entry)) or [("", "")]
        )
        headers = {"Content-Disposition": 'attachment; filename="master-data.csv"'}
        return Response(write_table((*COLUMNS, "attribute", "value"), rows), media_type=MEDIA_TYPE, headers=headers)

    def _found(self, visit: Visit, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        services = self._frame.services
        directory = services.directory.current()
        query = MasterDataQuery(after=_after(visit), limit=limit)
        with services.units.unit_of_work() as uow:
            entries, following = find_master_data(uow, visit.viewer, query, directory.parties)
        members = {each.id: each.uri for each in directory.members.values()}
        return [entry_as_json(each, visit.viewer, directory.parties, members) for each in entries], following


def _after(visit: Visit) -> str:
    return visit.request.query_params.get("after", "")[:_LONGEST_CURSOR]


def _texts(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the names and values of an entry; what is neither text nor number as JSON."""
    for each in entry["attributes"]:
        value = each["attribute"]
        yield each["id"], value if isinstance(value, str) else orjson.dumps(value).decode()
