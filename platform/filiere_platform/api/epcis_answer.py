"""Answers of the EPCIS binding in the form that its asker prefers: JSON as it is stored, or XML written of it.

Source: EPCIS 2.0, 12.2 (content negotiation); RFC 9110, 12.5.1 (Accept).
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from msgspec.json import decode

from filiere_platform.api.epcis_request import JSON, LD_JSON, XML_TYPES
from filiere_schemas.epcis.xml_writing import write_xml

FORMS: Final = (LD_JSON, JSON, *XML_TYPES)
OLD_XML: Final = "version=1.2"  # a parameter of the media type, of our own: the standard has no header that asks for it


def in_form(request: Request, document: bytes, media_type: str) -> tuple[bytes, str]:
    """Give a document, which is JSON, in a form of `FORMS`, and its media type."""
    if media_type not in XML_TYPES:
        return document, media_type
    is_old = OLD_XML in request.headers.get("accept", "").replace(" ", "")
    content = write_xml(decode(document), version="1.2" if is_old else "2.0")
    return content, f"{media_type}; {OLD_XML}" if is_old else media_type
