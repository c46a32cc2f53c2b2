"""Who does the arithmetic of signatures: `cryptography`, or our own plain Python where it is not installed.

Only the one-file verifier ever runs without `cryptography`; a connector and a platform declare it and sign with it. The
choice is made once, at import, and is not a setting: both give the same verdicts, one of them faster.
"""

from __future__ import annotations

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
except ImportError:  # private keys are then out of reach, and a verifier has no use for them
    from filiere_schemas.provenance import plain_signatures as ec  # type: ignore[no-redef]
    from filiere_schemas.provenance import plain_signatures as ed25519  # type: ignore[no-redef]
    from filiere_schemas.provenance import plain_signatures as hashes  # type: ignore[no-redef]
    from filiere_schemas.provenance.plain_signatures import (  # type: ignore[assignment]
        InvalidSignature,
        decode_dss_signature,
        encode_dss_signature,
    )

    serialization = None  # type: ignore[assignment]

IS_PLAIN = ed25519.__name__.endswith("plain_signatures")

__all__ = [
    "IS_PLAIN",
    "InvalidSignature",
    "decode_dss_signature",
    "ec",
    "ed25519",
    "encode_dss_signature",
    "hashes",
    "serialization",
]
