"""Take a company aboard as its own commands would: a workspace, a key, an enrolment, its flows; then let it run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from filiere_connectors.enrolment import enrol, make_workspace
from filiere_connectors.runner import RunReport, Wishes, run_once
from filiere_connectors.signing_key import make_key
from filiere_connectors.workspace import Workspace
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.demo.companies import Company
from filiere_platform.cli.demo.files import write_files
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Scope
from filiere_platform.usecases.members import add_member, create_api_token, create_enrolment_token

FLOWS = Path(__file__).with_name("flows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aboard:
    """A company that is aboard, with its token."""

    company: Company
    workspace: Workspace
    token: str

    def run(self, *, corrections: bool = False) -> RunReport:
        """Run its connector over its files: what is new is signed and sent."""
        return run_once(self.workspace, self.workspace.flows(), wishes=Wishes(corrections=corrections))


def take_aboard(platform: Platform, company: Company, folder: Path, *, url: str) -> Aboard:
    """Admit a company, and make its connector from the files that it has."""
    with platform.database.unit_of_work() as uow:
        add_member(uow, uri=company.uri, name=company.name, sharing=SharingMode.SECTOR)
        token = create_api_token(uow, uri=company.uri, scopes=frozenset(Scope))
        enrolment = create_enrolment_token(uow, uri=company.uri, now=platform.clock())
    write_files(company, folder)
    workspace = make_workspace(folder, member=company.uri, url=url)
    make_key(workspace)
    enrol(workspace, enrolment_token=enrolment, api_token=token)
    shutil.copytree(FLOWS / company.key, folder / "flows", dirs_exist_ok=True)
    return Aboard(company=company, workspace=workspace, token=token)
