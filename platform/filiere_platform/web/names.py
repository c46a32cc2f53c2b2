"""How an identifier is shown to people: short, with the whole of it one hover or one line away."""

from __future__ import annotations

from urllib.parse import quote, unquote

_LONGEST = 28  # characters that a box of the drawing holds


def short_name(key: str) -> str:
    """Name an object by its last word: the lot, the serial, the SSCC."""
    text = unquote(key.rstrip("/").rpartition("/")[2] if "//" in key else key.rpartition(":")[2])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def product_name(key: str) -> str:
    """Name what an object is of: the GTIN of a Digital Link, the item code of a name of ours; "" for others."""
    if "/01/" in key:
        return unquote(key.partition("/01/")[2].partition("/")[0])
    if key.startswith(("urn:filiere:lot:", "urn:filiere:item:")):
        return unquote(key.split(":")[5])
    return "SSCC" if "/00/" in key else ""


def whole_name(key: str) -> str:
    """Name an object by what it is of and its last word: two products may have one lot number."""
    return " ".join(part for part in (product_name(key), short_name(key)) if part)


def lot_address(key: str, *, page: str = "/lot", **parameters: str) -> str:
    """The address of an object's page, or of another form of it."""
    more = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"{page}?object={quote(key, safe='')}{more}"
