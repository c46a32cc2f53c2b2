"""With what the command line signs that somebody at the console did something."""

from __future__ import annotations

from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap import Platform
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.usecases.webhooks import Doing


def act_signer(platform: Platform) -> ActSigner:
    """Give the signer of acts: the receipts' key.

    Raises:
        KeyFileError: it is not on this machine.
    """
    return ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)


def doing(platform: Platform) -> Doing:
    """Say who does something to webhooks and dead letters here: somebody at the console, now.

    Raises:
        KeyFileError: the key that signs acts is not on this machine.
    """
    return Doing(author=AT_CONSOLE, signer=act_signer(platform), now=platform.clock())
