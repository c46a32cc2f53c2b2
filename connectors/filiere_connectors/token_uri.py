"""The address of a key that lies on a PKCS#11 token: which module, which token, which object.

    pkcs11:token=Filiere;object=atelier?module-path=/usr/lib/softhsm/libsofthsm2.so

The PIN is never in it: an address is printed and logged. `pkcs11_pin` in filiere.toml says where the PIN is.

Source: RFC 7512, sections 2.3 and 2.4; of its attributes those that name a token, an object and a module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from filiere_connectors import token_sentences as sentences
from filiere_schemas.problems import Problem, Refusal

SCHEME: Final = "pkcs11:"
_PATH: Final = ("token", "serial", "object", "id", "type")
_QUERY: Final = ("module-path",)
_PIN: Final = ("pin-value", "pin-source")


class InvalidTokenUri(Refusal):
    """An address that names no key on a token, or that carries what it must not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUri:
    """One key on one token; a token is named by its label, its serial number, or both."""

    object: str
    token: str = ""
    serial: str = ""
    id: bytes = b""
    module: str = ""  # the path of the module; empty: `pkcs11_module` of filiere.toml

    @classmethod
    def parse(cls, text: str) -> TokenUri:
        """Read an address.

        Raises:
            InvalidTokenUri: no `pkcs11:` address, no `object`, no token, an attribute that is not known here or
                given twice, or a PIN.
        """
        if not text.startswith(SCHEME):
            raise _invalid("pkcs11:")
        path, _, query = text.removeprefix(SCHEME).partition("?")
        found = _attributes(path, ";", _PATH) | _attributes(query, "&", _QUERY)
        if found.get("type", b"private") != b"private":
            raise _invalid("type=private")
        try:
            texts = {name: found.get(name, b"").decode() for name in ("object", "token", "serial", "module-path")}
        except UnicodeDecodeError as error:
            raise _invalid("UTF-8") from error
        if not texts["object"]:
            raise _invalid("object=...")
        if not texts["token"] and not texts["serial"]:
            raise _invalid("token=...")
        module = texts.pop("module-path")
        return cls(**texts, id=found.get("id", b""), module=module)

    def __str__(self) -> str:
        """Write the address, each attribute that is given, in one order."""
        named = {"token": self.token, "serial": self.serial, "object": self.object}
        parts = [f"{name}={_escaped(value)}" for name, value in named.items() if value]
        if self.id:
            parts.append("id=" + "".join(f"%{byte:02X}" for byte in self.id))
        query = f"?module-path={_escaped(self.module)}" if self.module else ""
        return SCHEME + ";".join(parts) + query


def _escaped(text: str) -> str:
    return quote(text, safe="/")


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name in _PIN:
            raise InvalidTokenUri([Problem(sentence=sentences.PIN_IN_URI)])
        if name not in known or not equals or name in found or re.search("%(?![0-9A-Fa-f]{2})", value):
            raise _invalid(", ".join(known))
        found[name] = unquote_to_bytes(value)
    return found


def _invalid(expected: str) -> InvalidTokenUri:
    # What was found is not repeated: a PIN may stand in it, wherever it was put.
    return InvalidTokenUri([Problem(sentence=sentences.TOKEN_URI, values={"expected": expected})])
