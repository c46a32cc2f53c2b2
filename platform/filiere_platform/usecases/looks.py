"""Show a member who looked at its records; and sign, once a day, what has been written down of looks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audit import BY_ITSELF, Act, ActSigner
from filiere_platform.domain.look import KeptLook, say_look
from filiere_platform.domain.mandate import DAY
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act

STATE_EVERY = DAY  # microseconds between two statements about one member's looks
COLUMNS = ("seq", "at", "mandate", "purpose", "holder", "by", "route", "question", "count", "records", "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPage:
    """One page of looks, and behind which number the next one begins (None: this is the last)."""

    looks: list[dict[str, Any]]
    next_after: int | None


def looks_at(uow: UnitOfWork, member_id: int, *, after: int, limit: int) -> LookPage:
    """Read the looks at a member's own records, in order."""
    found = uow.looks.of_member(member_id, after=after, limit=limit + 1)
    shown = found[:limit]
    return LookPage(looks=lay_out_looks(uow, shown), next_after=shown[-1].seq if len(found) > limit else None)


def lay_out_looks(uow: UnitOfWork, looks: Iterable[KeptLook]) -> list[dict[str, Any]]:
    """Lay out looks: what is chained as it was chained, and beside it whose mandate it was."""
    kept = list(looks)
    mandates = uow.mandates.by_numbers({look.mandate for look in kept})
    uris = {member.id: member.uri for member in uow.members.all()}
    laid_out = []
    for look in kept:
        mandate = mandates[look.mandate]
        said = say_look(
            mandate_id=mandate.id,
            seq=look.seq,
            at=look.at,
            by=look.by,
            question=json.loads(look.question),
            records=look.records,
            count=look.count,
        )
        holder = None if mandate.holder_id is None else uris.get(mandate.holder_id)
        beside = {"purpose": mandate.purpose.value, "holder": holder, "sha256": look.sha256.hex()}
        laid_out.append({"chained": said, **beside})
    return laid_out


def write_csv(looks: Iterable[dict[str, Any]]) -> str:
    """Write looks as CSV, one line each; what a spreadsheet would take for a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for look in looks:
        said = look["chained"]
        asked = "; ".join(f"{each['name']}={each['value']}" for each in said["question"]["parameters"])
        row = (
            said["seq"],
            said["at"],
            said["mandate"],
            look["purpose"],
            look["holder"] or "guest",
            said["by"],
            said["question"]["route"],
            asked,
            said["count"],
            said["records"],
            look["sha256"],
        )
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def state_looks(uow: UnitOfWork, *, signer: ActSigner, now: int) -> int:
    """Put into the log, for each member that was looked at, how far its looks go and their digest; gives how many.

    One signed entry for each member and day says what thousands of looks were: `looks.state`, which that member reads.
    """
    found = uow.looks.unstated(stated_before=now - STATE_EVERY)
    for member_id, stated, seq, digest in found:
        details = {"first": str(stated + 1), "last": str(seq), "sha256": digest.hex()}
        act = Act(act="looks.state", author=BY_ITSELF, member_id=member_id, details=details)
        record_act(uow, act, signer=signer, now=now)
        uow.looks.state(member_id, seq, now=now)
    return len(found)


def _cell(value: object) -> str:
    # Source: OWASP, CSV Injection.
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
