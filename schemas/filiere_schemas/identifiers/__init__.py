"""Identifiers: one file per scheme with the same verbs (`compact`, `validate`, `is_valid`), and one key per thing."""

from filiere_schemas.identifiers.canonical import Identity, as_digital_link, as_epc_urn, canonical_key, identify
from filiere_schemas.identifiers.gs1_key import Kind
from filiere_schemas.identifiers.invalid import InvalidIdentifier

__all__ = ["Identity", "InvalidIdentifier", "Kind", "as_digital_link", "as_epc_urn", "canonical_key", "identify"]
