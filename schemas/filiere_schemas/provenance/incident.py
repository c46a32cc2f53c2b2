"""An incident as the log itself tells it: what a database had lost, was given back, and what stays lost for ever.

A lost entry keeps its leaf: the tree does not change, and whoever keeps the record can still prove it. What nobody
keeps is named here, so that a reader says *lost in the incident of D* and never passes over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.provenance import fields
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import sign_statement, verify_statement

INCIDENT_TYP: Final = "filiere-incident+jws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The entries from `start` up to `stop` had been lost; `began` is in microseconds since 1970.

    `lost` are the runs, first and last index, of those that nobody could give back, ascending.
    """

    began: int
    start: int
    stop: int
    lost: tuple[tuple[int, int], ...] = ()

    def has_lost(self, index: int) -> bool:
        """Say whether an entry is among those that stay lost."""
        return any(first <= index <= last for first, last in self.lost)


def sign_incident(incident: Incident, *, key: SigningKey, origin: str) -> bytes:
    """Sign it with the receipts' key; the same incident gives the same bytes."""
    payload = {
        "began": fields.instant_text(incident.began),
        "log": origin,
        "lost": [{"first": first, "last": last} for first, last in incident.lost],
        "start": incident.start,
        "stop": incident.stop,
    }
    return sign_statement(payload, key=key, typ=INCIDENT_TYP, issuer=origin)


def read_incident(compact: bytes, key: PublicKey, *, origin: str) -> Incident:
    """Verify an incident of a log and read it.

    Raises:
        InvalidStatement: the payload is no incident of this log.
        Refusal: as `verify_statement`.
    """
    payload = verify_statement(compact, key, typ=INCIDENT_TYP, issuer=origin).payload
    fields.one_of(payload, "log", origin)
    return read_incident_payload(payload)


def read_incident_payload(payload: Mapping[str, Any]) -> Incident:
    """Read the payload of an incident whose signature somebody else verifies.

    Raises:
        InvalidStatement: it is none.
    """
    return Incident(
        began=fields.instant(payload, "began"),
        start=fields.whole(payload, "start"),
        stop=fields.whole(payload, "stop"),
        lost=fields.each(payload, "lost", lambda run: (fields.whole(run, "first"), fields.whole(run, "last"))),
    )


def runs_of(indexes: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Gather ascending indexes into runs without a gap."""
    runs: list[tuple[int, int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return tuple(runs)
