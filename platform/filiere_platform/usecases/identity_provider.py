"""An identity provider of OpenID Connect: where to go, what came back, and whether it holds.

Nothing here decides who somebody is: it gives a subject, which is linked to a person or to nobody.

Source: OpenID Connect Core 1.0, 3.1.3.7 (the steps of an ID token); Discovery 1.0, 4.3; RFC 9207 (the issuer's name
in the answer, against mixing providers up); RFC 8725 (algorithms).
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.oidc_flow import Flow
from filiere_platform.domain.provider_sentences import PROVIDER_AWAY, PROVIDER_REFUSED
from filiere_schemas.problems import Problem, Refusal

log = logging.getLogger(__name__)

# Public-key algorithms alone: with a shared secret or none whoever knows our name could write a token.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
LEEWAY_SECONDS: Final = 60  # how far the provider's clock may be off
LONGEST_AGE_SECONDS: Final = 600  # since an ID token was issued: it comes straight from the provider
LARGEST_DOCUMENT: Final = 262_144  # bytes
LONGEST_SUBJECT: Final = 255  # Core 1.0, 2
MOST_KEYS: Final = 100
KEPT_SECONDS: Final = 3_600.0  # discovery and keys
AGAIN_SECONDS: Final = 60.0  # at the earliest, keys are asked for again because one is unknown
SCOPE: Final = "openid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a provider answered."""

    status: int
    body: bytes


class Fetch(Protocol):
    """Ask an address behind the guard: a GET, or a POST where there is a body."""

    def __call__(self, url: str, *, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Ask.

        Raises:
            OSError: there is no answer within the bounds, or the address may not be asked.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How this instance is known at its provider."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    name: str  # of the provider, as people know it


class IdentityProvider:
    """Speaks with one provider. Safe for any thread."""

    def __init__(self, client: Client, fetch: Fetch, *, steady: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._fetch = fetch
        self._steady = steady
        self._lock = threading.Lock()
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address_for(self, flow: Flow) -> str:
        """Give where a browser is to go.

        Raises:
            Refusal: code `provider-away`.
        """
        oauth, metadata = self._oauth(), self._discovered()
        address, _ = oauth.create_authorization_url(
            _text(metadata, "authorization_endpoint"), state=flow.state, code_verifier=flow.verifier, nonce=flow.nonce
        )
        return str(address)

    def subject_of(self, flow: Flow, answer: Mapping[str, str], *, now: int) -> str:
        """Give who came back, by the name that the provider has for him and for nobody else.

        1. The answer is to this flow. 2. It names this issuer, or no issuer where the provider names none. 3. Its code
        is taken for an ID token, by who began the flow. 4. That is signed by a key of the issuer, 5. says this issuer,
        this client and this flow, and is of now.

        Raises:
            Unauthenticated: code `provider-refused`, whatever does not hold.
            Refusal: code `provider-away`.
        """
        metadata = self._discovered()
        if not hmac.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
            raise _refused("state")
        names_itself = metadata.get("authorization_response_iss_parameter_supported") is True
        named = answer.get("iss", "" if names_itself else self.client.issuer)
        if named != self.client.issuer:
            raise _refused("issuer of the answer")
        if "error" in answer or not answer.get("code"):
            raise _refused("no code")
        token = self._take(metadata, answer["code"], flow.verifier)
        return self._subject(token, flow, now=now)

    def _take(self, metadata: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        oauth = self._oauth(methods=metadata.get("token_endpoint_auth_methods_supported"))
        try:
            reply = oauth.fetch_token(
                _text(metadata, "token_endpoint"),
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=self.client.redirect_uri,
            )
        except OSError as error:
            raise _away(error) from error
        if not isinstance(reply, dict) or not isinstance(reply.get("id_token"), str):
            raise _refused("no ID token")
        return reply

    def _subject(self, reply: Mapping[str, Any], flow: Flow, *, now: int) -> str:
        seconds, text = now // 1_000_000, reply["id_token"]
        try:
            token = jwt.decode(text, self._key_for, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": self.client.issuer},
                    "aud": {"essential": True, "value": self.client.client_id},
                    "nonce": {"essential": True, "value": flow.nonce},
                },
                params={
                    "nonce": flow.nonce,
                    "client_id": self.client.client_id,
                    "access_token": reply.get("access_token"),
                },
            )
            claims.validate(now=seconds, leeway=LEEWAY_SECONDS)
        except Refusal:
            raise
        except Exception as error:  # whatever somebody's bytes make of a parser
            raise _refused(type(error).__name__) from error
        issued, subject = claims["iat"], claims["sub"]
        if not isinstance(issued, int | float) or issued < seconds - LONGEST_AGE_SECONDS:
            raise _refused("age")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise _refused("subject")
        return subject

    def _key_for(self, token: Any) -> Any:
        """Find the key that signed, by its name; a name that is unknown has the keys asked for again, not too often."""
        kid = token.headers().get("kid") if callable(getattr(token, "headers", None)) else None
        keys = self._signing_keys(again=False)
        if kid is not None and not any(key.kid == kid for key in keys.keys):
            keys = self._signing_keys(again=True)
        return keys.get_by_kid(kid)

    def _discovered(self) -> dict[str, Any]:
        with self._lock:
            if self._metadata is None or self._steady() - self._metadata[0] > KEPT_SECONDS:
                found = self._read(f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration")
                # Discovery 1.0, 4.3: a document of another issuer is not read further.
                if found.get("issuer") != self.client.issuer:
                    raise _away(ValueError("the document is another issuer's"))
                self._metadata = (self._steady(), found)
            return self._metadata[1]

    def _signing_keys(self, *, again: bool) -> KeySet:
        metadata = self._discovered()
        with self._lock:
            age = None if self._keys is None else self._steady() - self._keys[0]
            if self._keys is None or age is None or age > (AGAIN_SECONDS if again else KEPT_SECONDS):
                found = self._read(_text(metadata, "jwks_uri")).get("keys")
                listed = found[:MOST_KEYS] if isinstance(found, list) else []
                usable = [key for key in listed if _can_sign(key)]
                if not usable:
                    raise _away(ValueError("no key that signs"))
                self._keys = (self._steady(), KeySet.import_key_set({"keys": usable}))
            return self._keys[1]

    def _read(self, url: str) -> dict[str, Any]:
        try:
            reply = self._fetch(url, body=None, headers={"Accept": "application/json"})
            found = json.loads(reply.body) if reply.status == 200 else None  # noqa: PLR2004 - RFC 9110, 15.3.1
        except (OSError, ValueError, RecursionError) as error:
            raise _away(error) from error
        if not isinstance(found, dict):
            raise _away(ValueError("no document"))
        return found

    def _oauth(self, methods: Any = None) -> _GuardedClient:
        can_post = isinstance(methods, list) and "client_secret_basic" not in methods
        method = (
            "none" if not self.client.client_secret else "client_secret_post" if can_post else "client_secret_basic"
        )
        return _GuardedClient(
            self._fetch,
            client_id=self.client.client_id,
            client_secret=self.client.client_secret,
            token_endpoint_auth_method=method,
            scope=SCOPE,
            redirect_uri=self.client.redirect_uri,
            code_challenge_method="S256",
        )


class _GuardedClient(OAuth2Client):  # type: ignore[misc]  # the library is not typed
    """The library's client, whose requests go through the guard."""

    def _fetch_token(self, url: str, *, body: str, headers: Mapping[str, str], auth: Any, method: str) -> Any:
        address, sent, content = auth.prepare(method, url, dict(headers), body)
        reply: Reply = self.session(address, body=content.encode(), headers=sent)
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            return None


def _can_sign(key: Any) -> bool:
    is_public = isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"}
    return is_public and key.get("use", "sig") == "sig"


def _text(metadata: Mapping[str, Any], name: str) -> str:
    found = metadata.get(name)
    if not isinstance(found, str):
        raise _away(ValueError(f"no {name}"))
    return found


def _refused(reason: str) -> Unauthenticated:
    # The reason is the operator's: whoever is refused is told one sentence.
    log.warning("provider_answer_refused", extra={"reason": reason})
    return Unauthenticated([Problem(sentence=PROVIDER_REFUSED)])


def _away(error: Exception) -> Refusal:
    log.warning("provider_away", extra={"reason": str(error)[:200]})
    return Refusal([Problem(sentence=PROVIDER_AWAY)])
