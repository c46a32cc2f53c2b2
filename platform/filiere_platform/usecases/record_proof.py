"""Prove that one record stands at its place of the log, to whoever may see the record."""

from __future__ import annotations

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.bundle_sentences import NOT_YET_PUBLISHED
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.entry_proofs import key_entries, logged, nodes_of, prove, read_head
from filiere_platform.usecases.log_ports import LogFiles
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.signer_extra import write_signer_extra
from filiere_schemas.provenance.tlog_proof import TlogProof


def prove_record(uow: UnitOfWork, viewer: Viewer, files: LogFiles, index: int) -> TlogProof:
    """Give a record's proof under the checkpoint that the log serves now.

    The proof brings the log's entries on the key that signed (`extra`), so that it can be verified with nothing
    else than the trust file. Any program that reads C2SP's form checks the rest. Who may not see the record
    learns nothing here that the log's public tiles do not say.

    Raises:
        Refusal: code `not-found`, also for a record that this viewer may not see; `not-yet-published` where the record
            is stored and the signed head does not cover it yet.
    """
    records = uow.events.visible_to(viewer).records([index])
    if not records:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"records/{index}/proof"})])
    note, size = read_head(files)
    if note is None or index >= size:
        raise Refusal([Problem(sentence=NOT_YET_PUBLISHED, values={"found": size, "expected": index + 1})])
    get_node = nodes_of(files, size)
    keys = [prove(entry, size, get_node) for entry in key_entries(uow, records, before=size)]
    return TlogProof(
        index=index,
        hashes=prove(logged(records[0]), size, get_node).hashes,
        checkpoint=note,
        extra=write_signer_extra(keys) if keys else None,
    )
