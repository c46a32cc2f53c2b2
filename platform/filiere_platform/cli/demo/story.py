"""The story, act by act: what the companies send, what goes wrong as in life, and what the auditor then asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filiere_connectors.runner import RunReport
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.demo import plan
from filiere_platform.cli.demo.auditor import Auditor, Client, verify_log
from filiere_platform.cli.demo.boarding import Aboard, take_aboard
from filiere_platform.cli.demo.companies import COMPANIES, DAIRY, FARM_C, WAREHOUSE, Company
from filiere_platform.cli.demo.files import mend_the_sale, remember_the_late_milking
from filiere_platform.cli.demo.proving import Proof, prove
from filiere_platform.cli.demo.words import words

SUSPECT = f"https://id.gs1.org/01/{plan.CHEESE}/10/F0306"
Say = Callable[[str], None]


class DemoFailed(Exception):  # noqa: N818 - what happened, as the other refusals are named
    """The demo did not show what it promises; the message says what was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the demo found."""

    upstream: list[str]
    downstream: list[str]
    findings: list[dict[str, Any]]
    records: int
    verified: int
    proof: Proof
    page: str
    token: str
    seconds: float

    def as_json(self, sector: str) -> dict[str, Any]:
        """The demo's one JSON object."""
        return {
            "sector": sector,
            "object": SUSPECT,
            "members": len(COMPANIES),
            "upstream": self.upstream,
            "downstream": self.downstream,
            "records": self.records,
            "verified": self.verified,
            "findings": self.findings,
            "bundle": {
                "holds": self.proof.holds,
                "altered": self.proof.altered,
                "wrong_trust": self.proof.wrong_trust,
            },
            "page": self.page,
            "seconds": round(self.seconds, 3),
        }


def tell(platform: Platform, client: Client, folder: Path, *, say: Say) -> Story:
    """Let the companies send, then trace the suspect lot, verify every record and prove the lot in one file.

    Raises:
        DemoFailed: a connector left something behind, a record does not verify, or a false proof was believed.
    """
    started = time.perf_counter()
    aboard = {
        company.key: take_aboard(platform, company, folder / "companies" / company.key, url=client.base_url)
        for company in COMPANIES
    }
    say(words("aboard", count=len(aboard)))
    stored = len(aboard) + _send(aboard, say)
    trust = platform.trust()
    auditor = Auditor(client=client, token=aboard[DAIRY.key].token)
    records, verified = verify_log(auditor, size=stored, trust=trust)
    if verified != records or records != stored:
        msg = f"{verified} of {records} records verified, {stored} were stored"
        raise DemoFailed(msg)
    proof = prove(auditor.bundle(SUSPECT), trust, folder / "auditor")
    if not proof.is_convincing:
        msg = f"filiere-verify ended with {proof.holds}, altered {proof.altered}, wrong trust {proof.wrong_trust}"
        raise DemoFailed(msg)
    up, down = auditor.trace(SUSPECT, "up"), auditor.trace(SUSPECT, "down")
    return Story(
        upstream=_others(up),
        downstream=_others(down),
        findings=auditor.trace(SUSPECT)["findings"],
        records=records,
        verified=verified,
        proof=proof,
        page=f"{client.base_url}/lot?object={SUSPECT}",
        token=aboard[DAIRY.key].token,
        seconds=time.perf_counter() - started,
    )


def _send(aboard: dict[str, Aboard], say: Say) -> int:
    """Run every connector, then what life adds: a forgotten page, a mistyped sale. Gives how many were stored."""
    stored = 0
    for each in aboard.values():
        report = _whole(each.company, each.run())
        stored += report.stored
        say(f"  {each.company.name:<26} {words('sent', count=report.stored, flows=_flows(report))}")
    farm, warehouse = aboard[FARM_C.key], aboard[WAREHOUSE.key]
    remember_the_late_milking(farm.workspace.folder)
    late = _whole(FARM_C, farm.run()).stored
    say(f"  {FARM_C.name:<26} {words('late', count=late)}")
    mend_the_sale(warehouse.workspace.folder)
    mended = _whole(WAREHOUSE, warehouse.run(corrections=True)).stored
    say(f"  {WAREHOUSE.name:<26} {words('mended', count=mended)}")
    return stored + late + mended


def _whole(company: Company, report: RunReport) -> RunReport:
    """Require that nothing was refused and nothing waits."""
    if report.problems or report.queued or report.stopped_by is not None or not report.stored:
        msg = f"{company.name}: {report}"
        raise DemoFailed(msg)
    return report


def _flows(report: RunReport) -> str:
    return ", ".join(flow.flow for flow in report.flows)


def _others(answer: dict[str, Any]) -> list[str]:
    """The objects of an answer but the one that was asked for."""
    return sorted(node["key"] for node in answer["nodes"] if node["key"] != answer["object"])
