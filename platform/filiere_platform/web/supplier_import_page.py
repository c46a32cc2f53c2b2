"""`/suppliers/import`: the register as a table that somebody has: what would change, what is wrong, then all of it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from filiere_platform.domain.supplier import Step
from filiere_platform.domain.table_text import LARGEST_TABLE
from filiere_platform.usecases.suppliers import (
    Difference,
    Keeping,
    compare_with_register,
    import_partners,
    read_partners,
)
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.upload import file_of, uploading
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.problems import Problem, Refusal

LARGEST_UPLOAD = LARGEST_TABLE + 10_000  # bytes: the file, and what a form has around it
MOST_SHOWN = 200  # partners of a preview


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes; before those with an id in their place."""
    page = _ImportPage(frame)
    routes.get("/suppliers/import")(frame.shown(page.show))
    routes.post("/suppliers/import")(uploading(frame.shown(page.read), most=LARGEST_UPLOAD))


class _ImportPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The form."""
        return self._page(visit)

    def read(self, visit: Visit) -> Response:
        """Read a table, or show what it would do."""
        member, table = own_member(visit), file_of(visit.request)
        is_preview = "import" not in visit.form
        try:
            with self._frame.services.units.unit_of_work() as uow:
                partners = read_partners(uow, member.id, table)
                if is_preview:
                    found = compare_with_register(uow, member.id, partners)
                else:
                    keeping = Keeping(member_id=member.id, **acting(self._frame, visit))
                    found = import_partners(uow, keeping, partners)
        except Refusal as refused:
            return self._page(visit, problems=refused.problems, status=400)
        return self._page(visit, found=found, is_preview=is_preview)

    def _page(
        self,
        visit: Visit,
        *,
        problems: tuple[Problem, ...] = (),
        found: list[Difference] | None = None,
        is_preview: bool = False,
        status: int = 200,
    ) -> Response:
        steps = [each.step for each in found or ()]
        return self._frame.page(
            visit,
            "supplier-import.html",
            status=status,
            problems=[problem.message(visit.words.language) for problem in problems],
            found=None if found is None else [each for each in found if each.step is not None][:MOST_SHOWN],
            is_preview=is_preview,
            added=steps.count(Step.ADDED),
            changed=steps.count(Step.CHANGED),
            same=steps.count(None),
        )
