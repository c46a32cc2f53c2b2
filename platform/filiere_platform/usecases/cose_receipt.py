"""Give a record's place in the log as a COSE receipt, signed over a head that was published."""

from __future__ import annotations

from filiere_platform.domain.audience import Viewer
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.record_proof import prove_record
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.cose_receipt import sign_cose_receipt
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey


def cose_receipt_of(
    uow: UnitOfWork, viewer: Viewer, files: LogFiles, index: int, *, log_key: SigningKey, origin: str
) -> bytes:
    """Sign a receipt of inclusion for a record that the viewer may see.

    The log's key signs here what it has signed already, in another form: the served head is verified first, so that
    damaged files never become a second signed history.

    Raises:
        Refusal: code `not-found`, `not-yet-published`; or the served head is not signed by this key.
    """
    proof = prove_record(uow, viewer, files, index)
    checkpoint = verify_checkpoint(proof.checkpoint, VerifierKey(origin, log_key.public))
    return sign_cose_receipt(index=index, proof=proof.hashes, checkpoint=checkpoint, key=log_key)
