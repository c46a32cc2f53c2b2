"""Sum up a lot's history as a W3C credential: the platform's own word, and shown as such, for wallets of others.

A summary proves nothing that it counts; it says what this instance had verified at a head of its log, and binds the
records that it is about by one digest, so that a bundle can be held against it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.bundle_sentences import NOT_YET_PUBLISHED
from filiere_platform.domain.instant import moment
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.entry_proofs import read_head
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.trace import TraceQuestion, trace_object
from filiere_platform.usecases.trace_verification import Verdict, verify_records
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.credential import sign_credential
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.trust import Trust

NAMESPACE: Final = "urn:filiere:ns:"
TYPE: Final = f"{NAMESPACE}LotHistorySummary"
ASSURANCE: Final = "platform summary: what this instance saw and verified, not a statement of the members"


def summarize_lot(
    uow: UnitOfWork,
    viewer: Viewer,
    files: LogFiles,
    question: TraceQuestion,
    *,
    trust: Trust,
    key: SigningKey,
    name: str,
    now: int,
) -> dict[str, Any]:
    """Sign what the viewer may see of a lot's history, in numbers.

    `key` is the receipts' key, with which the platform signs everything that it states itself; `name` is the
    instance's, as people know it; `now` is in microseconds since 1970, of which whole seconds are said.

    Raises:
        Refusal: as `trace_object` and `verify_records`; `not-yet-published` where no head is signed yet.
    """
    answer = trace_object(uow, viewer, question)
    note, size = read_head(files)
    if note is None:
        raise Refusal([Problem(sentence=NOT_YET_PUBLISHED, values={"found": size, "expected": 1})])
    checkpoint = verify_checkpoint(note, trust.log)
    indexes = sorted(event["index"] for event in answer["events"])
    verdicts = verify_records(uow, viewer, files, indexes, trust=trust).verdicts
    records = uow.events.visible_to(viewer).records(indexes)
    told = {
        "assurance": ASSURANCE,
        "log": _named({"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}),
        "direction": answer["direction"],
        "asOf": answer["as_of"],
        "cut": answer["cut"] is not None,
        "hiddenEvents": sum(node["hidden_events"] for node in answer["nodes"]),
        "recordsDigest": _digest((record.log_index, record.sha256) for record in records),
        "records": _named(_counts(verdicts.values())),
        "summary": _named(answer["summary"]),
        "findings": _named(Counter(finding["code"] for finding in answer["findings"])),
    }
    return sign_credential(
        types=(TYPE,),
        subject={"id": answer["object"], **_named(told)},
        issuer_name=name,
        issued=moment(now).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        key=key,
    )


def _counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    counted = Counter("failed" if verdict.problem is not None else verdict.state for verdict in verdicts)
    return {name: counted[name] for name in ("published", "stored", "failed")}


def _digest(records: Iterable[tuple[int, bytes]]) -> str:
    """SHA-256 of the canonical JSON list of [index, hexadecimal digest], by ascending index."""
    return hashlib.sha256(canonicalize([[index, sha256.hex()] for index, sha256 in sorted(records)])).hexdigest()


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write our own words as IRIs."""
    return {NAMESPACE + name: value for name, value in values.items()}
