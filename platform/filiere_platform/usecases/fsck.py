"""Check everything that is stored and published against itself, and say what differs.

The tree is derived again from the stored records, and every published file is compared with it byte for byte; the
bytes of every record are hashed again; the rows that queries rely on are counted against the records. What capture
or publishing do meanwhile is not looked at: the files are read for the head that was signed when the check began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from filiere_platform.domain import fsck_sentences as say
from filiere_platform.domain.chain_sentences import CHAIN_DIFFERS, FINDING_DIFFERS
from filiere_platform.domain.derived_rows import holds_event, row_differences
from filiere_platform.domain.erasure_check import ErasureCheck
from filiere_platform.domain.log_check import Findings, FsckReport
from filiere_platform.domain.publication import EMPTY_EDGE, Edge, LogFile, ReadFile, edge_root, grow, partial_files
from filiere_platform.domain.record import KINDS_BY_CODE, End, EventRow, LogHead, RecordRow
from filiere_platform.domain.record_proof import RecordVerifier
from filiere_platform.domain.statement import Statement
from filiere_platform.usecases.log_ports import LogAudit, LogFiles
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_schemas.problems import Refusal, Sentence
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint
from filiere_schemas.provenance.entry import log_entry
from filiere_schemas.provenance.note import VerifierKey

BLOCK = 4_096  # records read at once: their bytes are in memory together
ANCHOR = "log.anchor"

# The keys of which something differs; with the rule where it is a finding, None where it is the chain itself.
CheckChains = Callable[[], Iterable[tuple[str, str | None]]]
OpenVerifier = Callable[[], RecordVerifier]
Progress = Callable[[int, int], None]  # records checked, records in all


def fsck(
    log: LogAudit,
    files: LogFiles,
    *log_keys: VerifierKey,
    open_verifier: OpenVerifier | None = None,
    check_chains: CheckChains | None = None,
    kept: Iterable[Statement] = (),
    progress: Progress = lambda done, total: None,  # noqa: ARG005 - nobody watches
) -> FsckReport:
    """Check the whole log; the time is that of reading it once, some minutes for ten million records.

    Args:
        log: the stored records, in one transaction.
        files: the published files.
        log_keys: the log's name and public key; two of them while one follows the other.
        open_verifier: called once the head is read, so that it knows the key of every record below. With it, each
            record's signature is verified too, and its event row and edges are derived again: about a
            millisecond each, twenty times as long. None leaves it out.
        check_chains: derives what is kept of keys' chains again, and gives the keys and findings that differ.
        kept: the statements beside the tiles, by which alone a database not yet recovered knows of later erasures.
        progress: told after each block.
    """
    findings = Findings()
    # 1. The signed heads, first of all: what is stored can only grow from here on.
    heads = _signed_heads(files, log_keys, findings)
    head = log.head()
    # 2. Every record, its bytes, and the tree over them.
    walk = _Walk(findings=findings, read=files.read, heads=heads)
    depth = _Depth(findings=findings, log=log, verifier=open_verifier()) if open_verifier else None
    for start in range(0, head.size, BLOCK):
        stop = min(head.size, start + BLOCK)
        rows = list(log.records(start, stop))
        walk.take(rows, start, stop)
        if depth:
            depth.take(rows, start, stop)
        progress(stop, head.size)
    walk.erasures.take_kept(kept, head.size)
    walk.finish(head)
    if depth:
        depth.finish(head.size)
    # 3. The rows that queries, traces and the gate rely on.
    findings.add_rows(log.row_breaches(head.size))
    _check_numbers(log, head, findings)
    # 4. What following the chains keeps.
    for kid, rule in check_chains() if check_chains else ():
        pointer = f"/keys/{kid}"
        if rule is None:
            findings.add(CHAIN_DIFFERS, pointer, kid=kid)
        else:
            findings.add(FINDING_DIFFERS, pointer, rule=rule, subject=kid)
    return FsckReport(
        records=walk.records,
        erased=walk.erased - len(walk.erasures.lost),
        lost=walk.erasures.lost,
        signatures=depth.signatures if depth else None,
        published=max((signed.size for signed in heads.values()), default=None),
        files=walk.files,
        breaches=tuple(findings.kept),
        counts=dict(sorted(findings.counts.items())),
    )


def _signed_heads(files: LogFiles, log_keys: Sequence[VerifierKey], findings: Findings) -> dict[str, Checkpoint]:
    heads: dict[str, Checkpoint] = {}
    # The anchor last: it is written before the checkpoint, and must not look older than what was read first.
    for name, note in ((CHECKPOINT_NAME, files.read(CHECKPOINT_NAME)), (ANCHOR, files.read_anchor())):
        if note is None:
            continue
        try:
            heads[name] = verify_checkpoint(note, *log_keys)
        except Refusal as refusal:
            for problem in refusal.problems:
                findings.add(problem.sentence, f"/files/{name}", **problem.values)
    served, anchor = heads.get(CHECKPOINT_NAME), heads.get(ANCHOR)
    if served and not anchor:
        findings.add(say.ANCHOR_MISSING, f"/files/{ANCHOR}")
    return heads


def _check_numbers(log: LogAudit, head: LogHead, findings: Findings) -> None:
    counts = log.row_counts()
    for what, pointer, found, highest, expected in (
        ("grants", "/grants", counts.grants, counts.highest_grant, head.grants),
        ("nodes", "/nodes", counts.nodes, counts.highest_node, head.nodes),
    ):
        if not found == highest == expected:
            findings.add(say.NUMBERS_HAVE_GAPS, pointer, what=what, found=found, highest=highest, expected=expected)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One pass over the records in order, growing the tree that they should have been published as."""

    findings: Findings
    read: ReadFile
    heads: dict[str, Checkpoint]
    erasures: ErasureCheck = field(default_factory=ErasureCheck)
    edge: Edge | None = field(default=EMPTY_EDGE)  # None once a record is missing: no tree can be derived beyond it
    stored_at: int = 0
    records: int = 0
    erased: int = 0
    files: int = 0

    def take(self, rows: Iterable[RecordRow], start: int, stop: int) -> None:
        """Check the records of a block and append them to the tree."""
        entries: list[bytes] = []
        expected = start
        for row in rows:
            if row.log_index != expected:
                self._miss(expected, row.log_index)
            expected = row.log_index + 1
            self.records += 1
            self._check_record(row)
            self.erasures.take(row)
            kind = KINDS_BY_CODE.get(row.kind)
            if kind is None:
                self.edge = None
            else:
                entries.append(log_entry(kind, row.sha256))
        if expected != stop:
            self._miss(expected, stop)
        self._append(entries)

    def finish(self, head: LogHead) -> None:
        """Note the signed heads that the database no longer reaches, and check one over nothing; compare erasures."""
        self.erasures.finish(self.findings)
        for name, signed in self.heads.items():
            if signed.size > head.size:
                values = {"name": name, "expected": signed.size, "found": head.size}
                self.findings.add(say.DATABASE_BEHIND_HEAD, f"/files/{name}", **values)
        if any(signed.size == 0 for signed in self.heads.values()):
            self._check_heads(EMPTY_EDGE)

    def _check_record(self, row: RecordRow) -> None:
        pointer = f"/records/{row.log_index}"
        if row.kind not in KINDS_BY_CODE:
            self.findings.add(say.RECORD_KIND_UNKNOWN, pointer, index=row.log_index, found=row.kind)
        if row.stored_at < self.stored_at:
            self.findings.add(say.RECORD_TIME_GOES_BACK, pointer, index=row.log_index)
        self.stored_at = row.stored_at
        if row.body is None:
            self.erased += 1
            return
        digest = hashlib.sha256(row.body).digest()
        if digest != row.sha256:
            values = {"index": row.log_index, "found": digest.hex(), "expected": row.sha256.hex()}
            self.findings.add(say.RECORD_BYTES_CHANGED, pointer, **values)

    def _miss(self, start: int, stop: int) -> None:
        self.edge = None
        self.findings.add(say.RECORD_MISSING, f"/records/{start}", index=start, count=stop - start)

    def _append(self, entries: list[bytes]) -> None:
        """Grow the tree to each signed head within these entries and compare it there; beyond, nothing is signed."""
        if self.edge is None:
            return
        for size in sorted({signed.size for signed in self.heads.values()}):
            taken = size - self.edge.size
            if taken <= 0:
                continue
            self.edge = self._grow(self.edge, entries[:taken])
            if self.edge.size < size:
                return
            entries = entries[taken:]
            self._check_heads(self.edge)

    def _grow(self, edge: Edge, entries: list[bytes]) -> Edge:
        growth = grow(edge, entries)
        for file in growth.full:
            self._check_file(file, self.read(file.name))
        return growth.edge

    def _check_heads(self, edge: Edge) -> None:
        for expected in partial_files(edge):
            # The full file may have replaced the partial one since; it begins with the same bytes.
            full = self.read(expected.name.rpartition(".p/")[0])
            found = self.read(expected.name) if full is None else full[: len(expected.content)]
            self._check_file(expected, found)
        for name, signed in self.heads.items():
            if signed.size == edge.size and signed.root != edge_root(edge):
                values = {
                    "name": name,
                    "size": signed.size,
                    "expected": signed.root.hex(),
                    "found": edge_root(edge).hex(),
                }
                self.findings.add(say.ROOT_DIFFERS, f"/files/{name}", **values)

    def _check_file(self, expected: LogFile, found: bytes | None) -> None:
        self.files += 1
        if found is None:
            self.findings.add(say.FILE_MISSING, f"/files/{expected.name}", name=expected.name)
        elif found != expected.content:
            digests = (hashlib.sha256(content).hexdigest() for content in (found, expected.content))
            values = {"name": expected.name, "found": next(digests), "expected": next(digests)}
            self.findings.add(say.FILE_DIFFERS, f"/files/{expected.name}", **values)


@dataclass(slots=True, kw_only=True)
class _Depth:
    """What takes longer: the signature of each record, and the rows that follow from each event."""

    findings: Findings
    log: LogAudit
    verifier: RecordVerifier
    signatures: int = 0

    def take(self, records: Iterable[RecordRow], start: int, stop: int) -> None:
        """Check the records of a block that still have their bytes."""
        rows, ends = self.log.event_rows(start, stop), self.log.ends(start, stop)
        for record in records:
            if record.body is None:
                continue
            self._check(say.RECORD_SIGNATURE_FAILS, record, self._verify)
            if holds_event(record) and record.log_index in rows:
                derive = partial(self._derive, row=rows[record.log_index], ends=ends.get(record.log_index, ()))
                self._check(say.EVENT_UNREADABLE, record, derive)

    def finish(self, size: int) -> None:
        """Compare the keys that capture asks with what the log tells of them."""
        for kid in self.verifier.differing_keys(size):
            self.findings.add(say.KEY_ROW_DIFFERS, f"/keys/{kid}", kid=kid)

    def _check(self, sentence: Sentence, record: RecordRow, check: Callable[[RecordRow], None]) -> None:
        try:
            check(record)
        except Refusal as refusal:
            reason = ", ".join(problem.code for problem in refusal.problems)
            self.findings.add(sentence, f"/records/{record.log_index}", index=record.log_index, reason=reason)

    def _verify(self, record: RecordRow) -> None:
        self.verifier.verify(record)
        self.signatures += 1

    def _derive(self, record: RecordRow, row: EventRow, ends: Sequence[End]) -> None:
        uri = self.verifier.member_of(record).uri
        for problem in row_differences(record, member_uri=uri, row=row, ends=ends):
            self.findings.note(problem.within(f"/records/{record.log_index}"))
