"""`/membership`: what one's organisation is here, the charter that it accepts, and all of its own to take along."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.admission_sentences import EXPORT_TOO_LARGE
from filiere_platform.domain.application import read_charter
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.usecases.administration import file_as_json, member_file
from filiere_platform.usecases.admission import accept_charter
from filiere_platform.usecases.leaving import export_own
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.stored_zip import write_zip

LARGEST_EXPORT = 256 * 1024**2  # bytes in memory; beyond, the operator writes the file at the console


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _MembershipPages(frame)
    routes.get("/membership")(frame.shown(pages.show))
    routes.get("/membership.zip")(frame.shown(pages.export))
    routes.post("/membership/charter")(session.posting(frame.shown(pages.accept), most=LARGEST_FORM))


class _MembershipPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The membership."""
        with self._frame.services.units.unit_of_work() as uow:
            found = file_as_json(member_file(uow, own_member(visit).id), now=self._frame.services.clock())
            charter = uow.admission.charter()
        accepted = charter is not None and charter.version in {each["version"] for each in found["charters"]}
        return self._frame.page(
            visit,
            "membership.html",
            found=found,
            charter=charter,
            accepted=accepted,
            accepts=may(visit.principal, Permission.KEY_MANAGE),
            exports=may(visit.principal, Permission.MEMBER_EXPORT),
        )

    def accept(self, visit: Visit) -> Response:
        """Accept the charter that the form showed."""
        doing, form = acting(self._frame, visit), visit.form
        charter = read_charter(form.get("charter-version", ""), form.get("charter-sha256", ""))
        with self._frame.services.units.unit_of_work() as uow:
            accept_charter(uow, own_member(visit), charter, **doing)
        return RedirectResponse("/membership", 303)

    def export(self, visit: Visit) -> Response:
        """Everything that is the member's own, as `filiere member export` writes it."""
        services, doing = self._frame.services, acting(self._frame, visit)
        with services.units.unit_of_work() as uow:
            member = uow.members.by_id(own_member(visit).id)
            files = export_own(
                uow, member, services.files, signer=doing["signer"], trust=services.trust, now=doing["now"]
            )
            content = write_zip(_bounded(files))
        headers = {"Content-Disposition": 'attachment; filename="member.zip"'}
        return Response(content, media_type="application/zip", headers=headers)


def _bounded(files: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Give up before a process holds more than it should.

    Raises:
        Refusal: code `export-too-large`.
    """
    size = 0
    for name, content in files:
        size += len(content)
        if size > LARGEST_EXPORT:
            raise Refusal([Problem(sentence=EXPORT_TOO_LARGE, values={"limit": LARGEST_EXPORT // 1024**2})])
        yield name, content
