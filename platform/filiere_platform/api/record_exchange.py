"""Bodies of signed records, and the answers to them, apart from what carries them.

`api.records` speaks them over HTTP; the consumer of the broker's capture queue over AMQP (`worker.capture_door`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from filiere_platform.api.problems import MEDIA_TYPE, problem_as_json, problem_document, status_of
from filiere_platform.api.services import Limits
from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.instant import iso_instant
from filiere_platform.usecases.record_exchange import Answer
from filiere_schemas.problems import Language, Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

JOSE: Final = "application/jose"  # one compact JWS per line, disclosures behind "~"
JSON: Final = "application/json"  # {"records": ["<compact JWS>", ...]}
ACCEPTED: Final = (JOSE, JSON)
MOST_WARNINGS: Final = 10  # that are written out for one record: a request has hundreds of these
MULTI_STATUS: Final = 207  # RFC 4918, 11.1: some records were stored, others refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsForm:
    """The form of requests and answers, with what an instance takes at most; see `usecases.record_exchange`."""

    limits: Limits

    def take_out(self, body: bytes, content_type: str) -> tuple[bytes, ...]:
        """Take the records out of a body, unread; blank lines are skipped.

        Raises:
            Refusal: too large, not a media type of records, not of that form, none, or too many.
        """
        kind = bare_media_type(content_type, *ACCEPTED)
        if len(body) > self.limits.body_bytes:
            raise Refusal([Problem(sentence=sentences.BODY_TOO_LARGE, values={"expected": self.limits.body_bytes})])
        return take_out(body, kind, most=self.limits.records)

    def answer(self, outcomes: Sequence[Outcome], receipt: bytes | None, language: Language) -> Answer:
        """Answer 200 when every record is stored or known, its own status for a single refused one, else 207."""
        refused = sum(o.status is Status.REFUSED for o in outcomes)
        if refused and len(outcomes) == 1 and receipt is None:
            return self.refuse(outcomes[0].problems, language)
        document = {
            "receipt": receipt.decode() if receipt else None,
            "records": [_outcome(o, language) for o in outcomes],
        }
        if refused and len(outcomes) == 1:
            body = orjson.dumps(_problem(outcomes[0].problems, language) | document)
            return Answer(status=status_of(outcomes[0].problems), media_type=MEDIA_TYPE, body=body)
        return Answer(status=MULTI_STATUS if refused else 200, media_type=JSON, body=orjson.dumps(document))

    def refuse(self, problems: Sequence[Problem], language: Language) -> Answer:
        """Answer with a problem document alone."""
        body = orjson.dumps(_problem(problems, language))
        return Answer(status=status_of(problems), media_type=MEDIA_TYPE, body=body)

    def letter(self, outcome: Outcome, record: bytes, *, position: int, language: Language) -> bytes:
        """Lay out one refused record: a problem document with the record, its digest, and its entry where it has one.

        `position` counts the records of the message from 0.
        """
        problem = _problem(outcome.problems, language)
        of_record = {"position": position, "sentSha256": hashlib.sha256(record).hexdigest(), **_entry(outcome)}
        return orjson.dumps(problem | of_record | _quoted("record", record))

    def letter_of_message(self, problems: Sequence[Problem], body: bytes, *, language: Language) -> bytes:
        """Lay out a message that was refused as a whole: a problem document with the message and its digest."""
        problem = _problem(problems, language)
        return orjson.dumps(problem | {"sentSha256": hashlib.sha256(body).hexdigest()} | _quoted("body", body))


def bare_media_type(content_type: str, *accepted: str) -> str:
    """Give a media type without its parameters.

    Raises:
        Refusal: code `unsupported-media-type`.
    """
    found = content_type.partition(";")[0].strip().lower()
    if found not in accepted:
        values = {"found": found, "expected": ", ".join(accepted)}
        raise Refusal([Problem(sentence=sentences.UNSUPPORTED_MEDIA_TYPE, values=values)])
    return found


def take_out(body: bytes, kind: str, *, most: int) -> tuple[bytes, ...]:
    """Take the records out of a body of a known kind, unread; blank lines are skipped.

    Raises:
        Refusal: not the announced form, none, or too many.
    """
    if kind == JSON:
        value = strict_loads(body)
        records = value.get("records") if isinstance(value, dict) else None
        if not isinstance(records, list) or not all(isinstance(r, str) for r in records):
            raise Refusal([Problem(sentence=sentences.NO_RECORDS, pointer="/records")])
        payloads = tuple(r.encode() for r in records)
    else:
        payloads = tuple(body.split(maxsplit=most))  # no more objects than that, whatever a hostile body holds
    if not payloads:
        raise Refusal([Problem(sentence=sentences.NO_RECORDS)])
    if len(payloads) > most:
        values = {"found": f"> {most}", "expected": most}
        raise Refusal([Problem(sentence=sentences.TOO_MANY_RECORDS, values=values)])
    return payloads


def _problem(problems: Sequence[Problem], language: Language) -> dict[str, Any]:
    return problem_document(problems, language=language, status=status_of(problems), epcis=False)


def _outcome(outcome: Outcome, language: Language) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": outcome.status.value, **_entry(outcome)}
    if outcome.problems:
        answer["problem"] = _problem(outcome.problems, language)
    if outcome.warnings:
        answer["warningCount"] = len(outcome.warnings)
        answer["warnings"] = [problem_as_json(each, language) for each in outcome.warnings[:MOST_WARNINGS]]
    return answer


def _entry(outcome: Outcome) -> dict[str, Any]:
    """What the log has of a record."""
    entry: dict[str, Any] = {}
    if outcome.log_index is not None and outcome.sha256 is not None and outcome.stored_at is not None:
        entry["index"] = outcome.log_index
        entry["kind"] = outcome.kind
        entry["sha256"] = outcome.sha256.hex()
        entry["storedAt"] = iso_instant(outcome.stored_at)
    if outcome.event_id is not None:
        entry["eventID"] = outcome.event_id
    if outcome.is_erased:
        entry["erased"] = True
    if outcome.refusal is not None:
        entry["refusal"] = outcome.refusal.decode()
    return entry


def _quoted(name: str, content: bytes) -> dict[str, str]:
    """Quote bytes: as text where they are text, else in base64 (RFC 4648, 4) under a name that says so."""
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(content).decode("ascii")}
