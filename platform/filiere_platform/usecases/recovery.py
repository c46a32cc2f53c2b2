"""Give a database back what it has lost of the log, in exactly the old order at exactly the old places.

1. The tiles say which entries are missing, by digest; database and tiles together give the signed root, or nothing is
   done.
2. The platform's own statements come from the files beside the tiles, events from their members' spools, anything from
   whoever has it: a record is known by its digest, whoever brings it.
3. Whatever is next in the log's order and has its record is admitted again; what was erased is erased at once.
4. Once nothing is missing the instance opens, and a signed entry tells of the incident.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from filiere_platform.domain import recovery_sentences as say
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member_changes import admit_statement
from filiere_platform.domain.publication import EMPTY_EDGE, EdgeUnreadable, edge_root, grow, read_edge
from filiere_platform.domain.record import Admission
from filiere_platform.domain.recovery import (
    Missing,
    Readmission,
    admit_lost,
    compact_of,
    keys_to_look_up,
    readmit,
)
from filiere_platform.domain.standing import OPEN, Standing, State
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.erasure import erase_again
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import BLOCK, read_entries
from filiere_platform.usecases.resume import START_OVERLAP
from filiere_platform.usecases.statements import StatementFiles
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.entry import EntryKind, parse_entry
from filiere_schemas.provenance.erasure import ERASURE_TYP
from filiere_schemas.provenance.incident import Incident, runs_of, sign_incident
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.key_history import KeyHistory
from filiere_schemas.provenance.key_statements import read_key_change
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import read_receipt
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.tiles import TILE_WIDTH, decode_entries, entries_path
from filiere_schemas.sectors.sealable import Sealable

log = logging.getLogger(__name__)

GROUP = 128  # records admitted again in one commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a recovery works with."""

    units: UnitsOfWork
    files: LogFiles
    statements: StatementFiles
    origin: str
    receipt_key: SigningKey
    registrar: PublicKey
    default_sharing: SharingMode
    sealable: Sealable
    clock: Callable[[], int]

    def begin(self, signed: Checkpoint) -> Standing:
        """Find out what is missing below a signed head and close the instance; beginning again changes nothing.

        Raises:
            Refusal: the tiles are not all there, or the database is not a part of what was signed.
        """
        with self.units.unit_of_work() as unit:
            standing = unit.standing.read()
            if standing.state is State.SCRATCH or unit.recovery.last() >= 0:
                return standing
            size = unit.log.head().size
            if size >= signed.size:
                if standing.state is not State.RECOVERING:
                    return standing
                _require_root(unit, self.files, (), signed)
                return self._end(unit, standing)
            entries = list(_entries(self.files, size, signed.size))
            _require_root(unit, self.files, entries, signed)
            standing = Standing(state=State.RECOVERING, since=self.clock(), start=size, stop=signed.size)
            unit.standing.change(standing)
            erase_what_was_erased(
                unit, self.statements, start=size, receipt_key=self.receipt_key.public, origin=self.origin
            )
            unit.recovery.miss(_missing(entries, size))
            for statement in self.statements.read(size):
                found = unit.recovery.at(statement.index)
                if found is not None and found.kind is statement.kind and _digest(statement.body) == found.sha256:
                    unit.recovery.bring(
                        statement.index,
                        body=statement.body,
                        stored_at=statement.stored_at,
                        member=statement.member,
                        kid=statement.kid,
                    )
            return standing

    def bring(self, records: Iterable[bytes], receipts: Iterable[bytes] = ()) -> int:
        """Keep the records that are missing among those that somebody brings; gives how many were.

        Receipts say when a record was stored and, above the signed head, at which place: they are this instance's own
        word, and it keeps it.

        Raises:
            Refusal: a receipt is not this instance's.
        """
        taken = 0
        with self.units.unit_of_work() as unit:
            standing = unit.standing.read()
            if standing.state is not State.RECOVERING:
                return 0
            for receipt in receipts:
                _take_receipt(unit, receipt, self.receipt_key.public, self.origin, stop=standing.stop)
            for raw in records:
                body, disclosures = compact_of(raw)
                found = unit.recovery.of_digest(_digest(body))
                if found is not None and found.body is None:
                    unit.recovery.bring(found.log_index, body=body, disclosures=disclosures)
                    taken += 1
        return taken

    def declare_lost(self) -> int:
        """Give up what nobody has brought: the entries below the signed head keep their place without a record.

        What receipts speak of above it is forgotten, unless it is next and was brought: it was never published.
        """
        with self.units.unit_of_work() as unit:
            standing = unit.standing.read()
            given_up = [
                each.log_index
                for each in unit.recovery.without_record(after=-1, limit=standing.stop)
                if each.log_index < standing.stop
            ]
            unit.recovery.forget_unbrought(standing.stop)
            known = set(unit.recovery.lost(standing.start, standing.stop))
            unit.recovery.declare_lost([index for index in given_up if index not in known], standing.since)
        return len(given_up)

    def advance(self) -> Standing:
        """Admit again whatever is next and has its record, group by group; open the instance once nothing is missing.

        Raises:
            ReadmissionRefused: a record cannot be admitted at its place; what came before it is.
        """
        while True:
            with self.units.unit_of_work() as unit:
                standing = unit.standing.read()
                if standing.state is not State.RECOVERING:
                    return standing
                done = self._admit_group(unit)
                head = unit.log.head()
                if done < GROUP and head.size >= standing.stop and unit.recovery.last() < head.size:
                    return self._end(unit, standing)
            if done < GROUP:
                return standing

    def _admit_group(self, unit: UnitOfWork) -> int:
        size = unit.log.head().size
        lost = set(unit.recovery.lost(size, size + GROUP))
        erased = self._erasures(size)
        directory = unit.directory()
        done = 0
        for missing in unit.recovery.from_index(size, GROUP):
            if missing.log_index != size + done:
                break
            if missing.log_index in lost:
                head = unit.readmission.begin(digests=(), node_keys=()).head
                unit.readmission.save(admit_lost(missing, head))
            elif missing.body is None:
                break
            else:
                if missing.kind is EntryKind.KEY:
                    self._admit_owner(unit, missing)
                    directory = unit.directory()
                work = Readmission(
                    origin=self.origin,
                    receipt_key=self.receipt_key.public,
                    directory=directory,
                    default_sharing=self.default_sharing,
                    sealable=self.sealable,
                )
                _admit(unit, missing, work)
                if missing.kind is EntryKind.KEY:
                    self._change_keys(unit, missing)
                    directory = unit.directory()
                for entry, statement in erased.get(missing.log_index, ()):
                    erase_again(
                        unit, entry=entry, statement=statement, receipt_key=self.receipt_key.public, origin=self.origin
                    )
            done += 1
        unit.recovery.drop(below=size + done)
        return done

    def _erasures(self, start: int) -> dict[int, list[tuple[int, bytes]]]:
        """Gather the erasures that the log holds from an index on, by what they erase."""
        found: dict[int, list[tuple[int, bytes]]] = {}
        for statement in self.statements.read(start):
            if statement.kind is EntryKind.ERASURE:
                index = erased_index(statement.body)
                found.setdefault(index, []).append((statement.index, statement.body))
        return found

    def _admit_owner(self, unit: UnitOfWork, missing: Missing) -> None:
        """Admit again a member whose key's registration proves that it had been; it gets its address for a name."""
        issuer = read_key_change(missing.body or b"").issuer
        if unit.members.by_uri(issuer) is None:
            unit.members.add(uri=issuer, name=issuer, sharing=None, identifiers=())
            log.warning("recovery_admitted_member", extra={"uri": issuer})

    def _change_keys(self, unit: UnitOfWork, missing: Missing) -> None:
        """Let an entry do to its member's keys what it did when it was new."""
        statement = missing.body or b""
        change = read_key_change(statement)
        member = unit.members.by_uri(change.issuer)
        if member is None:
            return
        keys = unit.keys.concerning(change.issuer, {change.kid, change.previous or change.kid})
        lives = {kid: key.life for kid, key in keys.items()}
        before = KeyHistory(registrar=self.registrar, origin=self.origin, lives=lives)
        after = before.after([(missing.log_index, statement)]).lives
        label = keys[change.previous].label if change.previous in keys else ""
        changed = {kid: life for kid, life in after.items() if lives.get(kid) != life}
        unit.keys.write(member.id, changed, label=label)

    def _end(self, unit: UnitOfWork, standing: Standing) -> Standing:
        """Open the instance, and tell of the incident in a signed entry."""
        lost = unit.recovery.lost(standing.start, standing.stop)
        unit.recovery.drop()
        incident = Incident(began=standing.since, start=standing.start, stop=standing.stop, lost=runs_of(lost))
        statement = sign_incident(incident, key=self.receipt_key, origin=self.origin)
        probe = unit.readmission.begin(digests=(), node_keys=())
        admission = admit_statement(
            EntryKind.AUDIT, statement, member_id=0, audiences=(), probe=probe, now=self.clock()
        )
        admission.records = [row._replace(member_id=None) for row in admission.records]
        unit.readmission.save(admission)
        unit.standing.change(OPEN)
        log.warning("recovery_ended", extra={"start": standing.start, "stop": standing.stop, "lost": len(lost)})
        return OPEN


def missing_records(unit: UnitOfWork, *, after: int, limit: int) -> list[Missing]:
    """List the entries whose record nobody has brought yet, those declared lost left out."""
    standing = unit.standing.read()
    lost = set(unit.recovery.lost(standing.start, standing.stop))
    return [each for each in unit.recovery.without_record(after=after, limit=limit) if each.log_index not in lost]


def erase_what_was_erased(
    unit: UnitOfWork, statements: StatementFiles, *, start: int, receipt_key: PublicKey, origin: str
) -> int:
    """Erase again what the log erased from an index on, in a database that does not know of it; gives how many.

    Raises:
        Refusal: a kept statement does not hold.
    """
    size = unit.log.head().size
    return sum(
        erase_again(unit, entry=each.index, statement=each.body, receipt_key=receipt_key, origin=origin)
        for each in statements.read(start)
        if each.kind is EntryKind.ERASURE and erased_index(each.body) < size
    )


def erased_index(statement: bytes) -> int:
    """Read which record an erasure erases, unverified."""
    return int(strict_loads(parse_jws(statement, typ=ERASURE_TYP).payload)["index"])


def _admit(unit: UnitOfWork, missing: Missing, work: Readmission) -> None:
    submission = work.submission(missing)
    digests, nodes = keys_to_look_up(submission, missing)
    probe = unit.readmission.begin(digests=digests, node_keys=nodes)
    member_id = work.directory.members_by_uri.get(missing.member or "")
    admission = readmit(missing, submission, probe, member_id=member_id)
    if missing.kind is EntryKind.ERASURE:
        admission = _seen_by_who_saw(unit, missing, admission, probe.head.grants)
    unit.readmission.save(admission)


def _seen_by_who_saw(unit: UnitOfWork, missing: Missing, admission: Admission, grants: int) -> Admission:
    """Let whoever may see an erased record see its erasure, as when it was made."""
    seen = unit.erasures.grants_of(erased_index(missing.body or b""))
    admission.grants = [
        grant._replace(grant_no=number, log_index=missing.log_index) for number, grant in enumerate(seen, grants + 1)
    ]
    admission.head = admission.head._replace(grants=grants + len(seen))
    return admission


def _take_receipt(unit: UnitOfWork, receipt: bytes, key: PublicKey, origin: str, *, stop: int) -> None:
    for line in read_receipt(receipt, key, origin=origin):
        found = unit.recovery.at(line.index)
        if found is not None and found.sha256 == line.sha256 and found.stored_at is None:
            unit.recovery.bring(line.index, stored_at=line.stored_at)
        elif found is None and line.index >= stop:
            unit.recovery.miss([Missing(line.index, line.kind, line.sha256, line.stored_at, None, None, None, None)])


def _entries(files: LogFiles, start: int, stop: int) -> Iterator[bytes]:
    """Read the entries between two indexes from the bundles of the log of a size.

    Raises:
        Refusal: a bundle is missing or too short.
    """
    for number in range(start // TILE_WIDTH, (stop - 1) // TILE_WIDTH + 1):
        width = min(TILE_WIDTH, stop - number * TILE_WIDTH)
        content = files.read(entries_path(number)) or files.read(entries_path(number, width))
        try:
            bundle = decode_entries(content or b"")
        except ValueError:
            bundle = []
        if len(bundle) < width:
            raise Refusal([Problem(sentence=say.RECOVERY_TILES_MISSING, values={"name": entries_path(number, width)})])
        yield from bundle[max(0, start - number * TILE_WIDTH) : width]


def _require_root(unit: UnitOfWork, files: LogFiles, entries: Sequence[bytes], signed: Checkpoint) -> None:
    """See that the database, extended by entries, is the tree that was signed.

    Raises:
        Refusal: it is not.
    """
    size = signed.size - len(entries)
    try:
        edge = read_edge(size // START_OVERLAP * START_OVERLAP, files.read)
    except EdgeUnreadable:
        edge = EMPTY_EDGE
    for start in range(edge.size, size, BLOCK):
        edge = grow(edge, list(read_entries(unit.log, start, min(size, start + BLOCK)))).edge
    if edge_root(grow(edge, entries).edge) != signed.root:
        raise Refusal([Problem(sentence=say.RECOVERY_DIFFERS, values={"size": size, "expected": signed.size})])


def _missing(entries: Sequence[bytes], start: int) -> Iterator[Missing]:
    for index, raw in enumerate(entries, start):
        entry = parse_entry(raw)
        yield Missing(index, entry.kind, entry.sha256, None, None, None, None, None)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
