"""Parse an element of which `xml_cut` has found that it is well-formed, bounded and without a document type."""

from __future__ import annotations

from typing import Any

from lxml import etree

from filiere_schemas.epcis.document import refused
from filiere_schemas.epcis.xml_sentences import NOT_XML


def parse_element(raw: bytes) -> Any:
    """Parse the bytes of an element; no entity is resolved and nothing is fetched, whatever they say.

    Raises:
        InvalidDocument: its namespaces do not hold, since `xml_cut` does not follow prefixes, or a name is too long.
    """
    # A parser must not be shared between threads; a new one costs two microseconds.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise refused(NOT_XML, line=error.lineno or 1, reason=error.msg.partition(", line ")[0]) from None
