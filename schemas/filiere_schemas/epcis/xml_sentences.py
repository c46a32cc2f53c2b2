"""What can be wrong with EPCIS in XML that JSON does not know, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

NOT_XML: Final = Sentence(
    "not-xml",
    fr="Le document n'est pas du XML bien formé : {reason}, ligne {line}. Corrigez-le à cet endroit.",
    en="The document is not well-formed XML: {reason}, line {line}. Correct it there.",
)
XML_ENCODING: Final = Sentence(
    "xml-encoding",
    fr="Codage attendu parmi {expected}, « {found} » trouvé, ou des octets qui n'y correspondent pas. "
    "Envoyez de l'UTF-8.",
    en='Expected one of the encodings {expected}, found "{found}", or bytes that are not of it. Send UTF-8.',
)
XML_DOCTYPE: Final = Sentence(
    "xml-doctype",
    fr="Une déclaration de type de document (DTD) ou d'entité n'est pas acceptée. Retirez-la et écrivez les valeurs en "
    "toutes lettres.",
    en="A document type definition (DTD) or an entity is not accepted. Remove it and write the values out.",
)
XML_TOO_DEEP: Final = Sentence(
    "xml-too-deep",
    fr="Au plus {limit} niveaux d'éléments, dépassés ligne {line}. Aplatissez l'extension.",
    en="At most {limit} levels of elements, exceeded at line {line}. Flatten the extension.",
)
XML_TOO_MANY_NODES: Final = Sentence(
    "xml-too-many-nodes",
    fr="Au plus {limit} éléments et attributs dans un document, dépassés ligne {line}. Découpez l'envoi.",
    en="At most {limit} elements and attributes in a document, exceeded at line {line}. Send it in parts.",
)
XML_TOO_MANY_NAMESPACES: Final = Sentence(
    "xml-too-many-namespaces",
    fr="Au plus {limit} déclarations d'espaces de noms différentes, dépassées ligne {line}. Donnez un seul préfixe à "
    "chaque espace de noms, et réunissez les champs d'une extension dans un même espace.",
    en="At most {limit} different declarations of namespaces, exceeded at line {line}. Give each namespace one prefix, "
    "and keep the fields of an extension in one namespace.",
)
NOT_EPCIS_XML: Final = Sentence(
    "not-epcis-xml",
    fr="Élément racine attendu : {expected} ; « {found} » trouvé. Vérifiez l'espace de noms (2.0 ou 1.2).",
    en='Expected the root element {expected}; found "{found}". Check its namespace (2.0 or 1.2).',
)
XML_ELEMENT: Final = Sentence(
    "xml-element-unexpected",
    fr="L'élément « {found} » n'est pas attendu ici dans EPCIS XML {version}. Retirez-le, remettez-le à sa place, ou "
    "donnez-lui l'espace de noms d'une extension.",
    en='The element "{found}" is not expected here in EPCIS XML {version}. Remove it, put it in its place, or give it '
    "the namespace of an extension.",
)
XML_REPEATED: Final = Sentence(
    "xml-element-repeated",
    fr="L'élément « {found} » ne peut apparaître qu'une fois ici. Gardez-en un.",
    en='The element "{found}" may stand here only once. Keep one.',
)
XML_MISSING: Final = Sentence(
    "xml-element-missing",
    fr="L'élément « {found} » est attendu ici. Ajoutez-le.",
    en='The element "{found}" is expected here. Add it.',
)
XML_ATTRIBUTE: Final = Sentence(
    "xml-attribute-unexpected",
    fr="L'attribut « {found} » n'est pas attendu ici. Retirez-le, ou donnez-lui l'espace de noms d'une extension.",
    en='The attribute "{found}" is not expected here. Remove it, or give it the namespace of an extension.',
)
XML_TEXT: Final = Sentence(
    "xml-text-expected",
    fr="L'élément « {found} » ne contient que du texte, sans élément à l'intérieur. Retirez ce qu'il contient d'autre.",
    en='The element "{found}" holds only text, with no element inside. Remove what else it holds.',
)
XML_STRAY_TEXT: Final = Sentence(
    "xml-text-unexpected",
    fr="Du texte se trouve dans l'élément « {found} », qui ne contient que des éléments. Retirez-le.",
    en='There is text in the element "{found}", which holds only elements. Remove it.',
)
XML_MEMBER: Final = Sentence(
    "xml-member-unexpected",
    fr="filiere:member ne peut pas dire « {found} » : c'est un champ de la norme, ou il est déjà dit. Écrivez-le une "
    "seule fois, dans son propre élément ou attribut.",
    en='filiere:member cannot say "{found}": it is a field of the standard, or said already. Write it once, in its own '
    "element or attribute.",
)
SOURCE_RESERVED: Final = Sentence(
    "source-reserved",
    fr="Le membre « {found} » dit dans quels octets la plateforme a reçu un événement : elle seule l'écrit. "
    "Retirez-le.",
    en='The member "{found}" says in which bytes the platform received an event: it alone writes it. Remove it.',
)
