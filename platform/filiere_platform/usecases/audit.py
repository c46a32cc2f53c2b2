"""Record what somebody did to the instance, in the same commit as the act itself; read it, each through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import SYSTEM, Act, ActQuery, ActSigner, act_as_json
from filiere_platform.domain.member_changes import admit_statement
from filiere_platform.domain.record import RecordRow
from filiere_platform.domain.record_proof import AUDIT_TYPS
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.provenance.audit import AUDIT_TYP, AuditAct, parse_act, sign_act
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.incident import read_incident_payload
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.statements import payload_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """One page of acts as JSON objects, and behind which log index the next one begins (None: this is the last)."""

    acts: list[dict[str, Any]]
    next_after: int | None


def record_act(uow: UnitOfWork, act: Act, *, signer: ActSigner, now: int) -> int:
    """Put an act into the log; it is committed with whatever else the unit changes, or not at all.

    Takes the log head's lock until the unit ends. Gives the log index.

    Raises:
        InstanceClosed: the instance takes no records now.
        InvalidStatement: the act is not one: its verb, its actor or a detail has no such form.
    """
    probe = uow.capture.begin(digests=(), node_keys=())
    member = None if act.member_id is None else uow.members.by_id(act.member_id)
    said = AuditAct(
        index=probe.head.size,
        at=max(now, probe.head.stored_at),
        act=act.act,
        actor=act.author.actor,
        on_behalf_of=act.author.on_behalf_of,
        member=None if member is None else member.uri,
        object=act.object,
        details=act.details,
    )
    statement = sign_act(said, key=signer.key, origin=signer.origin)
    audiences = () if member is None else (member.id,)
    member_id = None if member is None else member.id
    uow.capture.save(
        admit_statement(EntryKind.AUDIT, statement, member_id=member_id, audiences=audiences, probe=probe, now=said.at)
    )
    return said.index


def find_acts(uow: UnitOfWork, viewer: Viewer, query: ActQuery, *, origin: str) -> ActPage:
    """Find acts that a viewer may see, in log order; one more is fetched to know whether a next page exists."""
    found = uow.acts.visible_to(viewer).find(query, limit=query.limit + 1)
    shown = found[: query.limit]
    acts = [act_as_json(_read(record, origin)) | {"jws": (record.body or b"").decode("ascii")} for record in shown]
    return ActPage(acts=acts, next_after=shown[-1].log_index if len(found) > query.limit else None)


def _read(record: RecordRow, origin: str) -> AuditAct:
    body = record.body or b""
    statement = parse_jws(body, typ=AUDIT_TYPS)
    if statement.header["typ"] == AUDIT_TYP:
        return parse_act(body, origin=origin)
    incident = read_incident_payload(payload_of(statement))
    return AuditAct(
        index=record.log_index,
        at=record.stored_at,
        act="log.recover",
        actor=SYSTEM,
        details={"from": str(incident.start), "to": str(incident.stop - 1), "lost": str(len(incident.lost))},
    )
