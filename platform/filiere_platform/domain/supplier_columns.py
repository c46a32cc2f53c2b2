"""The columns of a register as a table, in both languages, and the words that stand in their cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from filiere_platform.domain.supplier import Decision, Relation
from filiere_schemas.problems import Language

LISTS: Final = {"site": "sites", "product": "products", "certificate": "certificates", "contact": "contacts"}
BETWEEN: Final = " | "  # of several values in one cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the part of a partner that its cells say, a member of it, and its headings."""

    part: str  # of the document; for what is listed, one entry per line
    member: str
    fr: str
    en: str

    @property
    def listed(self) -> str:
        """The document's list that entries of this part stand in; empty for what a partner has once."""
        return LISTS.get(self.part, "")


COLUMNS: Final = (
    Column("code", "", "code", "code"),
    Column("name", "", "nom", "name"),
    Column("relations", "", "relations", "relations"),
    Column("identifiers", "", "identifiants", "identifiers"),
    Column("notes", "", "remarques", "notes"),
    Column("site", "name", "site", "site"),
    Column("site", "identifiers", "identifiants du site", "site identifiers"),
    Column("site", "address", "adresse du site", "site address"),
    Column("product", "name", "produit", "product"),
    Column("product", "ours", "notre référence", "our item"),
    Column("product", "theirs", "leur référence", "their item"),
    Column("product", "identifier", "gtin", "gtin"),
    Column("product", "approvedFrom", "agréé du", "approved from"),
    Column("product", "approvedUntil", "agréé au", "approved until"),
    Column("certificate", "scheme", "certificat", "certificate"),
    Column("certificate", "number", "numéro", "number"),
    Column("certificate", "scope", "portée", "scope"),
    Column("certificate", "issuer", "organisme", "issuer"),
    Column("certificate", "site", "site certifié", "certified site"),
    Column("certificate", "validFrom", "valable du", "valid from"),
    Column("certificate", "validUntil", "valable au", "valid until"),
    Column("certificate", "document", "empreinte du document", "document digest"),
    Column("certificate", "changes", "décisions", "decisions"),
    Column("contact", "name", "contact", "contact"),
    Column("contact", "role", "fonction", "role"),
    Column("contact", "email", "courriel", "e-mail"),
    Column("contact", "phone", "téléphone", "phone"),
)
RELATION_WORDS: Final[Mapping[Relation, tuple[str, str]]] = MappingProxyType(
    {
        Relation.SUPPLIER: ("fournisseur", "supplier"),
        Relation.CUSTOMER: ("client", "customer"),
        Relation.SUBCONTRACTOR: ("sous-traitant", "subcontractor"),
        Relation.CARRIER: ("transporteur", "carrier"),
        Relation.WAREHOUSE: ("entrepôt", "warehouse"),
        Relation.LABORATORY: ("laboratoire", "laboratory"),
        Relation.CERTIFIER: ("certificateur", "certifier"),
        Relation.OTHER: ("autre", "other"),
    }
)
DECISION_WORDS: Final[Mapping[Decision, tuple[str, str]]] = MappingProxyType(
    {
        Decision.VALID: ("valable", "valid"),
        Decision.SUSPENDED: ("suspendu", "suspended"),
        Decision.WITHDRAWN: ("retiré", "withdrawn"),
    }
)
_APART: Final = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """Fold a heading or a word, so that case, accents and blanks do not matter."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _APART.sub(" ", plain.casefold()).strip()


BY_HEADING: Final = {folded(heading): column for column in COLUMNS for heading in (column.fr, column.en)}
_RELATIONS: Final = {folded(word): relation for relation, words in RELATION_WORDS.items() for word in words}
_DECISIONS: Final = {folded(word): decision for decision, words in DECISION_WORDS.items() for word in words}


def heading(column: Column, language: Language) -> str:
    """The heading of a column."""
    return column.fr if language == "fr" else column.en


def relation_of(word: str) -> Relation | None:
    """Read a relation in either language."""
    return _RELATIONS.get(folded(word))


def decision_of(word: str) -> Decision | None:
    """Read a decision in either language."""
    return _DECISIONS.get(folded(word))


def word_of(relation: Relation, language: Language) -> str:
    """Write a relation."""
    return RELATION_WORDS[relation][language == "en"]
