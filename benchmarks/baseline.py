"""The baseline: what a competent first version would be, with FastAPI, pydantic and SQLModel as their guides show.

A synchronous endpoint with a pydantic body; one session and one commit per request; rows as objects. Everything that
is not architecture is the platform's own: the same tables, the same verification of the same envelopes, the same
receipt, the same server settings. The ratio to it is therefore what the capture path's design is worth, not what a
faster JSON library is worth.

Run as a program it serves on `--port`, on the instance that the environment names as for `filiere serve`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session, col, create_engine, select

from filiere_platform import bootstrap
from filiere_platform.domain.candidate import Candidate, prepare_signed
from filiere_platform.domain.credential import authenticate, read_token
from filiere_platform.domain.member import Directory, Scope
from filiere_platform.domain.record import KIND_CODES, Role
from filiere_platform.settings import read_settings
from filiere_platform.store.tables import (
    DigestTable,
    EdgeTable,
    EventTable,
    GrantTable,
    LogHeadTable,
    NodeTable,
    RecordTable,
)
from filiere_schemas.identifiers import identify
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.statements import ReceiptRecord, sign_receipt

CONNECTIONS = 40  # as many as FastAPI has threads for synchronous endpoints


class Records(BaseModel):
    """The body of a request: compact JWS."""

    records: list[str]


class Stored(BaseModel):
    """What became of one record."""

    status: str
    index: int
    sha256: str
    event_id: str


class Answer(BaseModel):
    """The answer to a request: its receipt, and what became of each record."""

    receipt: str
    records: list[Stored]


class Traced(BaseModel):
    """The objects that an object came from, as canonical keys."""

    objects: list[str]


def application(platform: bootstrap.Platform, engine: Engine, directory: Directory) -> FastAPI:
    """Build the baseline's application on an instance that was founded."""
    app = FastAPI()

    @app.post("/records")
    def send(body: Records, authorization: Annotated[str, Header()]) -> Answer:
        credential = read_token(authorization.removeprefix("Bearer "))
        sender = authenticate(credential, directory, scope=Scope.CAPTURE, now=platform.clock())
        try:
            candidates = [
                prepare_signed(
                    record.encode(),
                    sender=sender,
                    directory=directory,
                    origin=platform.instance.origin,
                    default_sharing=platform.default_sharing,
                )
                for record in body.records
            ]
        except Refusal as refusal:
            raise HTTPException(422, str(refusal)) from refusal
        with Session(engine) as session:
            stored = store(session, candidates, now=platform.clock())
            session.commit()
        receipt = sign_receipt(stored, key=platform.capture.receipt_key, origin=platform.instance.origin)
        return Answer(
            receipt=receipt.decode(),
            records=[
                Stored(status="stored", index=r.index, sha256=r.sha256.hex(), event_id=c.event.event_id)
                for r, c in zip(stored, candidates, strict=True)
            ],
        )

    @app.get("/trace")
    def trace(wanted: str) -> Traced:
        with Session(engine) as session:
            return Traced(objects=list(origins(session, identify(wanted).key)))

    return app


def store(session: Session, candidates: Sequence[Candidate], *, now: int) -> list[ReceiptRecord]:
    """Add candidates to the log as objects, under the lock of its head."""
    head = session.exec(select(LogHeadTable).with_for_update()).one()
    wanted = {c.event.identity for c in candidates}
    if session.exec(select(DigestTable).where(col(DigestTable.digest).in_(wanted))).first():
        raise HTTPException(409, "known already")
    keys = {end.key for c in candidates for end in c.ends}
    nodes = {node.key: node.node_id for node in session.exec(select(NodeTable).where(col(NodeTable.key).in_(keys)))}
    stored = []
    for candidate in candidates:
        session.add_all(_record_rows(candidate, head.size, now))
        for ordinal, end in enumerate(candidate.ends):
            if end.key not in nodes:
                head.nodes += 1
                nodes[end.key] = head.nodes
                session.add(NodeTable(node_id=head.nodes, key=end.key, kind=end.kind))
            session.add(
                EdgeTable(
                    log_index=head.size,
                    ordinal=ordinal,
                    node_id=nodes[end.key],
                    role=end.role,
                    quantity=end.quantity,
                    uom=end.uom,
                    earliest=candidate.event.earliest,
                    latest=candidate.event.latest,
                )
            )
        for audience, cause in candidate.audiences:
            head.grants += 1
            session.add(GrantTable(audience=audience, log_index=head.size, grant_no=head.grants, cause=cause))
        stored.append(ReceiptRecord(index=head.size, sha256=candidate.sha256, kind=candidate.kind, stored_at=now))
        head.size += 1
    head.stored_at = now
    return stored


def _record_rows(candidate: Candidate, index: int, now: int) -> Iterator[RecordTable | EventTable | DigestTable]:
    event = candidate.event
    yield RecordTable(
        log_index=index,
        kind=KIND_CODES[candidate.kind],
        sha256=candidate.sha256,
        stored_at=now,
        member_id=candidate.member_id,
        key_id=candidate.key_id,
        body=candidate.body,
        disclosures=candidate.disclosures,
    )
    yield EventTable(
        log_index=index,
        member_id=candidate.member_id,
        event_id=event.event_id,
        event_type=event.event_type,
        action=event.action,
        biz_step=event.biz_step,
        disposition=event.disposition,
        earliest=event.earliest,
        latest=event.latest,
        declares_error=event.declares_error,
        transformation_id=event.transformation_id,
    )
    yield DigestTable(digest=event.identity, log_index=index, content=event.content)


def origins(session: Session, key: str) -> Iterator[str]:
    """Walk back from an object through transformations, a few queries per object: no times, no visibility."""
    start = session.exec(select(NodeTable).where(NodeTable.key == key)).one()
    waiting, seen = [start.node_id], {start.node_id}
    while waiting:
        node = waiting.pop()
        found = session.exec(select(NodeTable).where(NodeTable.node_id == node)).one()
        yield found.key
        made = session.exec(select(EdgeTable).where(EdgeTable.node_id == node, EdgeTable.role == Role.OUTPUT)).all()
        for edge in made:
            inputs = select(EdgeTable).where(EdgeTable.log_index == edge.log_index, EdgeTable.role == Role.INPUT)
            for source in session.exec(inputs):
                if source.node_id not in seen:
                    seen.add(source.node_id)
                    waiting.append(source.node_id)


@contextmanager
def opened() -> Iterator[FastAPI]:
    """Open the instance that the environment names, with an engine of the baseline's own."""
    settings = read_settings()
    with bootstrap.open_platform(settings) as platform:
        engine = create_engine(settings.effective_database_url, pool_size=CONNECTIONS)
        yield application(platform, engine, platform.directory.current())
        engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    with opened() as app:
        # The settings of `filiere serve`.
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on")
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
