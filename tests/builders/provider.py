"""An OpenID provider on loopback that says whatever a test wants it to say; signed without the library under test."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from filiere_schemas.provenance import base64url

CLIENT_ID, CLIENT_SECRET = "filiere", "a secret of the tests"
Key = ec.EllipticCurvePrivateKey


def text(data: bytes) -> str:
    return base64url.encode(data).decode("ascii")


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Rogue:
    """The provider; `claims`, `header` and `signer` change what it says from what an honest one would."""

    port: int = 0
    clock: Callable[[], int] = lambda: int(time.time())
    key: Key = field(default_factory=new_key)
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)  # None takes a claim away
    header: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[bytes], bytes] | None = None
    document: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    padding: int = 0  # bytes of white space behind each answer

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, address: str, **changes: str) -> str:
        """What somebody's browser does there; gives the query with which it comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer} | changes
        return urlencode({name: value for name, value in answer.items() if value})

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        } | self.document

    def public_keys(self) -> list[dict[str, Any]]:
        numbers = self.key.public_key().public_numbers()
        x, y = (text(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        own = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "1", "use": "sig", "alg": "ES256"}
        return [own] if self.keys is None else self.keys

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "").encode()
        if asked is None or text(hashlib.sha256(verifier).digest()) != asked["code_challenge"]:
            return None
        now = self.clock()
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        } | self.claims
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(claims)}

    def id_token(self, claims: dict[str, Any]) -> str:
        header = {"alg": "ES256", "kid": "1", "typ": "JWT"} | self.header
        kept = [{name: value for name, value in part.items() if value is not None} for part in (header, claims)]
        signed = ".".join(text(json.dumps(part).encode()) for part in kept)
        signature = (self.sign or self.es256)(signed.encode())
        return f"{signed}.{text(signature)}"

    def es256(self, signed: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.key.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


@contextmanager
def serve(rogue: Rogue) -> Iterator[Rogue]:
    """Serve it on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            rogue.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self.answer(rogue.discovery())
            elif self.path == "/jwks":
                self.answer({"keys": rogue.public_keys()})
            else:
                self.answer(None)

        def do_POST(self) -> None:
            rogue.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert self.headers["Authorization"].startswith("Basic ")
            self.answer(rogue.token({name: values[0] for name, values in parse_qs(body).items()}))

        def answer(self, content: dict[str, Any] | None) -> None:
            body = json.dumps(content or {"error": "invalid_grant"}).encode() + b" " * rogue.padding
            self.send_response(400 if content is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    rogue.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield rogue
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
