"""Whether the process lives (`/healthz`) and whether it should be sent requests (`/readyz`).

The two differ on purpose: a database that is away makes an instance not ready, and restarting it would not help.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from filiere_platform.domain.message import BusUnavailable
from filiere_platform.usecases.log_ports import LogFiles

log = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check of readiness found; `reason` is for the operator, None where all is well."""

    ready: bool
    reason: str | None = None


Check = Callable[[], Finding]
READY = Finding(ready=True)


def database_check(is_ready: Callable[[], bool]) -> Check:
    """Check that the database answers and its schema is the one of this release."""

    def check() -> Finding:
        return READY if is_ready() else Finding(ready=False, reason="database away, or its schema not at head")

    return check


def threads_check(are_alive: Callable[[], Mapping[str, bool]]) -> Check:
    """Check that threads run which should run as long as the process does, by their names."""

    def check() -> Finding:
        ended = [name for name, is_alive in are_alive().items() if not is_alive]
        return Finding(ready=False, reason=f"ended: {', '.join(ended)}; the log says why") if ended else READY

    return check


def running_check(is_stopping: Callable[[], bool]) -> Check:
    """Check that the process was not told to stop: it finishes what it has taken, and takes no more."""

    def check() -> Finding:
        return Finding(ready=False, reason="stopping") if is_stopping() else READY

    return check


def broker_check(ask: Callable[[], object]) -> Check:
    """Check that the broker answers."""

    def check() -> Finding:
        try:
            ask()
        except BusUnavailable:
            return Finding(ready=False, reason="broker away; what is stored waits, and is relayed when it is back")
        return READY

    return check


def publisher_check(files: LogFiles) -> Check:
    """Check that no publisher, of whatever process, refuses to sign."""

    def check() -> Finding:
        report = files.read_refusal()
        return READY if report is None else Finding(ready=False, reason=json.loads(report)["en"])

    return check


def router(checks: Mapping[str, Check]) -> APIRouter:
    """Serve liveness, and readiness by the named checks: 200 where all hold, else 503 with each finding."""
    routes = APIRouter()

    @routes.get("/healthz", include_in_schema=False)
    def read_health() -> JSONResponse:
        return JSONResponse({"alive": True}, headers=FRESH)

    @routes.get("/readyz", include_in_schema=False)
    def read_readiness() -> JSONResponse:
        findings = {name: _run(name, check) for name, check in checks.items()}
        ready = all(finding.ready for finding in findings.values())
        body = {
            "ready": ready,
            "checks": {name: finding.reason or "ok" for name, finding in findings.items()},
        }
        return JSONResponse(body, status_code=200 if ready else 503, headers=FRESH)

    return routes


def _run(name: str, check: Check) -> Finding:
    try:
        return check()
    except Exception as error:
        # What exactly failed may hold an address or a name of ours: it goes to the server's log, not to a stranger.
        log.exception("readiness_check_failed", extra={"check": name})
        return Finding(ready=False, reason=f"the check failed: {type(error).__name__}")
