"""Verify the records behind a trace for somebody who looks at a page, by the steps of an offline verifier.

What the page shows is the instance's own word about itself; a bundle is for who does not take it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from filiere_platform.domain.audience import Viewer
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.entry_proofs import key_entries, logged, nodes_of, prove, read_head
from filiere_platform.usecases.log_ports import LogFiles
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.key_history import KeyStanding
from filiere_schemas.provenance.record_check import read_content, read_history, verify_signature
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.provenance.verify_record import require_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one record: its state (`published`, `stored`), and why it does not hold, if it does not.

    `standing` is that of the key which signed it, at its index: *disputed* where the key was revoked later as suspect
    from there or before. None where no key of a member did, or the record does not hold.
    """

    index: int
    state: str
    problem: Problem | None = None
    standing: KeyStanding | None = None


def verify_records(
    uow: UnitOfWork, viewer: Viewer, files: LogFiles, indexes: Iterable[int], *, trust: Trust
) -> dict[int, Verdict]:
    """Verify records by their log indexes; those that the viewer may not see are left out.

    Signature and key are verified of each; the place in the log of those under the signed head.

    Raises:
        Refusal: the signed head or a key entry does not hold: then nothing does.
    """
    note, size = read_head(files)
    head = None if note is None else verify_checkpoint(note, trust.log)
    records = uow.events.visible_to(viewer).records(indexes)
    history, get_node = read_history(key_entries(uow, records), trust), nodes_of(files, size)
    verdicts = {}
    for entry in map(logged, records):
        problem = standing = None
        is_published = head is not None and entry.index < size
        try:
            standing = read_content(verify_signature(entry, history, trust)).standing
            if head is not None and is_published:
                require_place(prove(entry, size, get_node), head)
        except Refusal as refused:
            problem, standing = refused.problems[0], None
        state = "published" if is_published else "stored"
        verdicts[entry.index] = Verdict(index=entry.index, state=state, problem=problem, standing=standing)
    return verdicts
