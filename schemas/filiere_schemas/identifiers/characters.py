"""The characters of identifiers: what people write between them, which a scheme admits, how a URI carries them."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from filiere_schemas.identifiers import sentences
from filiere_schemas.identifiers.invalid import invalid

# Source: GS1 General Specifications, figure 7.11-1 (GS1 AI encodable character set 82).
CSET_82 = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
# Source: GS1 General Specifications, figure 7.11-2 (character set 39).
CSET_39 = r"[#\-/0-9A-Z]"

# Space, no-break space, narrow no-break space, hyphens, full stop, slash: how numbers are grouped on paper.
_SEPARATORS = str.maketrans("", "", " \t\u00a0\u202f-\u2010\u2011./")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def without_separators(text: str) -> str:
    """Drop spaces, hyphens, full stops and slashes, which group a number on paper and mean nothing."""
    return text if text.isalnum() else text.translate(_SEPARATORS)


def percent_encode(text: str) -> str:
    """Write a component in the one way of canonical keys: all but unreserved characters escaped, hex upper case.

    Source: RFC 3986, sections 2.3 and 6.2.2.
    """
    if (text.isalnum() and text.isascii()) or _UNRESERVED.fullmatch(text):
        return text
    return quote(text, safe="")


def percent_decode(text: str) -> str:
    """Read an escaped component, strictly.

    Raises:
        InvalidIdentifier: an escape is broken, or the bytes are not UTF-8.
    """
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text):
        raise invalid(sentences.BROKEN_ESCAPE, found=text)
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise invalid(sentences.BROKEN_ESCAPE, found=text) from None
