"""What can be wrong with a COSE receipt or a credential."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NOT_DID_KEY = Sentence(
    "not-did-key",
    "clé Ed25519 attendue sous la forme did:key:z6Mk…, trouvé : {found}",
    "expected an Ed25519 key as did:key:z6Mk…, found: {found}",
)
COSE_FORM = Sentence(
    "cose-form",
    "reçu COSE attendu (RFC 9942, preuve d'inclusion RFC9162_SHA256), trouvé : {found} ; demandez un nouvel export",
    "expected a COSE receipt (RFC 9942, RFC9162_SHA256 inclusion proof), found: {found}; ask for a new export",
)
COSE_ISSUER = Sentence(
    "cose-issuer",
    "reçu du journal « {expected} » attendu, « {found} » trouvé",
    "expected a receipt of log “{expected}”, found “{found}”",
)
CREDENTIAL_FORM = Sentence(
    "credential-form",
    "attestation W3C signée eddsa-jcs-2022 attendue, trouvé : {found} ; demandez un nouvel export",
    "expected a W3C credential signed with eddsa-jcs-2022, found: {found}; ask for a new export",
)
CREDENTIAL_ISSUER = Sentence(
    "credential-issuer",
    "attestation signée par {expected} attendue, par {found} trouvée",
    "expected a credential signed by {expected}, found one by {found}",
)
