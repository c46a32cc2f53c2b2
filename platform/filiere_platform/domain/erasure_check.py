"""Whether the records that have lost their bytes are those that the log says are erased (`filiere fsck`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from filiere_platform.domain import erasure_sentences as say
from filiere_platform.domain.log_check import Findings
from filiere_platform.domain.record import KINDS_BY_CODE, RecordRow
from filiere_platform.domain.statement import Statement
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.erasure import ERASURE_TYP, Erased
from filiere_schemas.provenance.fields import digest, whole
from filiere_schemas.provenance.incident import INCIDENT_TYP, Incident, read_incident_payload
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.strict_json import strict_loads


@dataclass(slots=True, kw_only=True)
class ErasureCheck:
    """One pass over the records in order: an erasure comes after what it erases, so the two meet at the end.

    That an erasure is signed by the receipts' key is for who verifies signatures (`fsck --deep`).
    """

    bodiless: dict[int, bytes] = field(default_factory=dict)  # digest by index
    erased: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # index -> entry of its erasure, digest named
    incidents: list[Incident] = field(default_factory=list)  # which say what is lost for ever

    @property
    def lost(self) -> dict[int, int]:
        """When the incident began in which each record without bytes was lost, by index; not those erased."""
        bodiless = [index for index in self.bodiless if index not in self.erased]
        return {index: incident.began for incident in self.incidents for index in bodiless if incident.has_lost(index)}

    def take(self, row: RecordRow) -> None:
        """Note a record that has no bytes, or an erasure of a payload."""
        if row.body is None:
            self.bodiless[row.log_index] = row.sha256
        elif KINDS_BY_CODE.get(row.kind) is EntryKind.ERASURE:
            self._take_erasure(row.log_index, row.body)
        elif KINDS_BY_CODE.get(row.kind) is EntryKind.AUDIT:
            self._take_incident(row.body)

    def take_kept(self, statements: Iterable[Statement], size: int) -> None:
        """Note the erasures that a database of a size has lost, and that are kept beside the tiles."""
        for statement in statements:
            if statement.kind is EntryKind.ERASURE and statement.index >= size:
                self._take_erasure(statement.index, statement.body, below=size)

    def finish(self, findings: Findings) -> None:
        """Compare the two, in the order of the log."""
        lost = self.lost
        for index, sha256 in self.bodiless.items():
            if index in lost:
                continue
            entry, named = self.erased.get(index, (None, b""))
            if entry is None:
                findings.add(say.ERASED_WITHOUT_ENTRY, f"/records/{index}", index=index)
            elif named != sha256:
                findings.add(say.ERASURE_OF_ANOTHER, f"/records/{entry}", index=index, entry=entry)
        for index, (entry, _) in self.erased.items():
            if index not in self.bodiless:
                findings.add(say.ERASURE_NOT_DONE, f"/records/{index}", index=index, entry=entry)

    def _take_incident(self, body: bytes) -> None:
        try:
            self.incidents.append(read_incident_payload(strict_loads(parse_jws(body, typ=INCIDENT_TYP).payload)))
        except (Refusal, TypeError, AttributeError):
            return  # an audit entry of another kind

    def _take_erasure(self, entry: int, body: bytes, *, below: int | None = None) -> None:
        try:
            payload = strict_loads(parse_jws(body, typ=ERASURE_TYP).payload)
            index = whole(payload, "index")
            if payload["what"] == Erased.PAYLOAD and (below is None or index < below):
                self.erased[index] = (entry, digest(payload, "sha256"))
        except (Refusal, KeyError, TypeError):
            return  # bytes that are no erasure are another's finding: they do not hash to what the log says
