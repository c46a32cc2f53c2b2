"""W3C Verifiable Credentials, secured with `eddsa-jcs-2022`: what the platform says of a lot, for wallets of others.

The issuer is the `did:key` of the key that signs, so that nothing has to be resolved; whom it belongs to, the trust
file says. What is signed is canonical JSON (RFC 8785), never RDF: no context is fetched, by us or by who verifies.

Sources: W3C Verifiable Credentials Data Model 2.0, section 4; W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import export_sentences as say
from filiere_schemas.provenance import multibase
from filiere_schemas.provenance.canonical import NotCanonical, canonicalize
from filiere_schemas.provenance.keys import BadSignature, PublicKey, SigningKey

CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
TYPE: Final = "VerifiableCredential"
CRYPTOSUITE: Final = "eddsa-jcs-2022"
PROOF_TYPE: Final = "DataIntegrityProof"
PURPOSE: Final = "assertionMethod"
_PROOF_MEMBERS: Final = frozenset(
    {"@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
)


class InvalidCredential(Refusal):
    """A document that is no credential of this form, or one of another issuer."""


def sign_credential(
    *,
    types: tuple[str, ...],
    subject: Mapping[str, Any],
    issuer_name: str,
    issued: str,
    key: SigningKey,
) -> dict[str, Any]:
    """Sign a statement about a subject as a credential; the same arguments give the same document.

    Types and members that the context does not define are written as whole IRIs: no context of ours has to be hosted
    for ever, and a library in use compares inline contexts by identity and so refuses them. `issued` is an RFC 3339
    time in UTC.

    Raises:
        NotCanonical: the subject is not JSON.
        TypeError: an ES256 key.
    """
    did = multibase.did_key(key.public)
    document: dict[str, Any] = {
        "@context": [CONTEXT],
        "type": [TYPE, *types],
        "issuer": {"id": did, "name": issuer_name},
        "validFrom": issued,
        "credentialSubject": dict(subject),
    }
    options = {
        "@context": document["@context"],  # 3.3.1, step 2: the proof repeats the document's context
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": issued,
        "verificationMethod": _method(key.public),
        "proofPurpose": PURPOSE,
    }
    signature = key.sign(_hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": multibase.encode(signature)}}


def verify_credential(document: Mapping[str, Any], issuer: PublicKey) -> Mapping[str, Any]:
    """Verify a credential of an issuer that one trusts, and give its subject.

    1. The document has the members of a credential, and one proof of this suite. 2. The proof's context is the
    document's. 3. Issuer and verification method are the trusted key's. 4. The signature holds.

    Raises:
        InvalidCredential: steps 1 to 3.
        BadSignature: step 4.
    """
    proof, subject = document.get("proof"), document.get("credentialSubject")
    if not isinstance(proof, Mapping) or not isinstance(subject, Mapping) or not _is_credential(document):
        raise _form("no credential with one proof and one subject")
    expected = {"type": PROOF_TYPE, "cryptosuite": CRYPTOSUITE, "proofPurpose": PURPOSE}
    if {name: proof.get(name) for name in expected} != expected or proof.keys() != _PROOF_MEMBERS:
        raise _form("another kind of proof")
    if proof["@context"] != document["@context"]:
        raise _form("a proof with a context of its own")
    found = document["issuer"].get("id")
    if found != multibase.did_key(issuer) or proof["verificationMethod"] != _method(issuer):
        values = {"expected": multibase.did_key(issuer), "found": found}
        raise InvalidCredential([Problem(sentence=say.CREDENTIAL_ISSUER, pointer="/issuer/id", values=values)])
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    try:
        issuer.verify(multibase.decode(proof["proofValue"]), _hash_data(unsigned, options))
    except (NotCanonical, AttributeError) as error:
        raise _form("values that are not JSON") from error
    except BadSignature:
        raise
    except ValueError as error:
        raise _form("a signature that is not base58btc") from error
    return subject


def _hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Sections 3.3.4 and 3.3.5: the digest of the proof's options, then that of the document."""
    return b"".join(hashlib.sha256(canonicalize(dict(part))).digest() for part in (options, document))


def _is_credential(document: Mapping[str, Any]) -> bool:
    contexts, types, issuer = document.get("@context"), document.get("type"), document.get("issuer")
    return (
        isinstance(contexts, list)
        and contexts == [CONTEXT]
        and isinstance(types, list)
        and types[:1] == [TYPE]
        and isinstance(issuer, Mapping)
    )


def _method(key: PublicKey) -> str:
    # did:key: the fragment repeats the multikey.
    return f"{multibase.did_key(key)}#{multibase.multikey(key)}"


def _form(found: str) -> InvalidCredential:
    return InvalidCredential([Problem(sentence=say.CREDENTIAL_FORM, values={"found": found})])
