"""An authenticator in software, which also does what an honest one never would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from filiere_schemas.provenance import base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # Source: W3C Web Authentication, level 2, 6.1
ES256 = -7


def text(data: bytes) -> str:
    return base64url.encode(data).decode("ascii")


@dataclass
class Authenticator:
    """One authenticator with one key; `origin` and `rp_id` are what the browser would have put in."""

    origin: str
    rp_id: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    count: int = 0
    flags: int = PRESENT | VERIFIED
    algorithm: int = ES256

    def create(self, options: dict[str, Any], **changes: str) -> str:
        """Make the key known for the options of a page."""
        self.user_handle = base64url.decode(options["user"]["id"].encode())
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: self.algorithm, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + cbor2.dumps(public)
        data = self._data(ATTESTED) + attested
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, **changes)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(told)})

    def get(self, options: dict[str, Any], **changes: str) -> str:
        """Sign the challenge of a page."""
        client = self._client("webauthn.get", options, **changes)
        data = self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        return self._answer(response | ({"userHandle": text(self.user_handle)} if self.user_handle else {}))

    def _data(self, more: int = 0) -> bytes:
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], **changes: str) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin} | changes
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> str:
        named = text(self.credential_id)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
