"""With what the command line signs that somebody at the console did something."""

from __future__ import annotations

from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap import Platform
from filiere_platform.domain.audit import ActSigner


def act_signer(platform: Platform) -> ActSigner:
    """Give the signer of acts: the receipts' key.

    Raises:
        KeyFileError: it is not on this machine.
    """
    return ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
