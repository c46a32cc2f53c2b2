"""A signing key on a PKCS#11 token: it is made there, signs there, and never leaves it.

ES256 alone: every token signs on P-256, few on Ed25519. The token signs the SHA-256 of the bytes with the bare
mechanism CKM_ECDSA, which every token has, and answers r || s as JOSE wants it. Each signature is verified before it is
given out: a record with a signature that does not hold would take a place in the chain and be turned away.

The library is imported when a token is opened, so that whoever has none installs nothing.

Sources: PKCS #11 3.0, base (sessions, objects) and current mechanisms, section 2.3 (ECDSA).
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from filiere_connectors import token_sentences as sentences
from filiere_connectors.token_uri import TokenUri
from filiere_connectors.workspace import lacking
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.keys import P256_COORDINATE_SIZE, BadSignature, InvalidKey, PublicKey

if TYPE_CHECKING:
    import pkcs11

_POINT: Final = 1 + 2 * P256_COORDINATE_SIZE  # bytes: 04 || x || y, SEC 1, section 2.3.3
_ID_SIZE: Final = 8  # bytes that tell this pair of objects from others of the same label


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A private key on a token; built by `open_token_key` or `make_token_key`."""

    public: PublicKey
    _key: Any = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """Sign bytes on the token; another 64 bytes each time.

        Raises:
            WorkspaceProblem: the token is gone or has failed, or its signature does not hold.
        """
        import pkcs11

        digest = hashlib.sha256(data).digest()
        with _explained():
            signature = bytes(self._key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        try:
            self.public.verify(signature, data)
        except BadSignature as error:
            raise lacking(sentences.TOKEN_FAILED, reason="bad signature") from error
        return signature


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAccess:
    """How the tokens of a workspace are opened: the module where an address names none, and the PIN."""

    module: str
    pin: str = field(repr=False)
    pin_reference: str  # what is said of the PIN


def open_token_key(uri: TokenUri, access: TokenAccess) -> TokenKey:
    """Open the key at an address.

    Raises:
        WorkspaceProblem: library, module, token or key are absent, the PIN is refused, or it is no key on P-256.
    """
    with _session(uri, access) as session:
        return _find(session, uri)


def has_token_key(uri: TokenUri, access: TokenAccess) -> bool:
    """Say whether there is an object of that name on the token, of whatever kind.

    Raises:
        WorkspaceProblem: as `open_token_key`, but for the key.
    """
    with _session(uri, access) as session:
        return _is_taken(session, uri)


def make_token_key(uri: TokenUri, access: TokenAccess) -> TokenKey:
    """Make a key pair on the token: sensitive and not extractable; an object of that name is never replaced.

    Raises:
        WorkspaceProblem: as `open_token_key`, or there is an object of that name.
    """
    with _session(uri, access, rw=True) as session:
        from pkcs11 import Attribute, KeyType, MechanismFlag
        from pkcs11.util.ec import encode_named_curve_parameters

        if _is_taken(session, uri):
            raise lacking(sentences.TOKEN_KEY_EXISTS, uri=uri)
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
            store=True,
            label=uri.object,
            id=uri.id or secrets.token_bytes(_ID_SIZE),
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        return _find(session, uri)


def _find(session: pkcs11.Session, uri: TokenUri) -> TokenKey:
    from pkcs11 import Attribute, KeyType, ObjectClass
    from pkcs11.exceptions import NoSuchKey

    named: dict[str, Any] = {"label": uri.object} | ({"id": uri.id} if uri.id else {})
    try:
        private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **named)
        named["id"] = private[Attribute.ID]
        public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **named)
    except NoSuchKey as error:
        raise lacking(sentences.TOKEN_KEY_ABSENT, uri=uri) from error
    if private.key_type is not KeyType.EC or public.key_type is not KeyType.EC:
        raise lacking(sentences.TOKEN_KEY_UNFIT, uri=uri, expected="EC P-256")
    if private[Attribute.EXTRACTABLE] or not private[Attribute.SENSITIVE]:
        raise lacking(sentences.TOKEN_KEY_UNFIT, uri=uri, expected="CKA_SENSITIVE, not CKA_EXTRACTABLE")
    # CKA_EC_POINT is the point in a DER OCTET STRING; some tokens leave the string out.
    point = bytes(public[Attribute.EC_POINT])[-_POINT:]
    x, y = (base64url.encode(half).decode() for half in (point[1 : 1 + P256_COORDINATE_SIZE], point[-32:]))
    try:
        key = PublicKey.from_jwk({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    except InvalidKey as error:
        raise lacking(sentences.TOKEN_KEY_UNFIT, uri=uri, expected="EC P-256") from error
    return TokenKey(public=key, _key=private)


def _is_taken(session: pkcs11.Session, uri: TokenUri) -> bool:
    from pkcs11 import Attribute

    named = {Attribute.LABEL: uri.object} | ({Attribute.ID: uri.id} if uri.id else {})
    return any(True for _ in session.get_objects(named))


@contextlib.contextmanager
def _session(uri: TokenUri, access: TokenAccess, *, rw: bool = False) -> Iterator[pkcs11.Session]:
    """Open a session on the token; it is not closed, since the key that was found in it signs in it.

    The operating system closes it with the process.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise lacking(sentences.PKCS11_ABSENT) from error
    module = uri.module or access.module
    if not module:
        raise lacking(sentences.MODULE_UNNAMED)
    try:
        library = pkcs11.lib(module)
    except (RuntimeError, OSError) as error:  # the library's own errors are RuntimeErrors
        raise lacking(sentences.MODULE_UNUSABLE, module=module, reason=_reason(error)) from error
    with _explained(uri, access):
        token = library.get_token(token_label=uri.token or None, token_serial=uri.serial.encode() or None)
        try:
            session = token.open(rw=rw, user_pin=access.pin)
        except pkcs11.exceptions.UserAlreadyLoggedIn:  # by the session of another key of this token: it counts for all
            session = token.open(rw=rw)
        yield session


@contextlib.contextmanager
def _explained(uri: TokenUri | None = None, access: TokenAccess | None = None) -> Iterator[None]:
    """Say in a sentence what a token answers with a code."""
    from pkcs11 import exceptions as wrong

    try:
        yield
    except (wrong.PinIncorrect, wrong.PinLenRange, wrong.PinInvalid) as error:
        raise lacking(sentences.PIN_WRONG, reference=access.pin_reference if access else "") from error
    except wrong.PinLocked as error:
        raise lacking(sentences.PIN_LOCKED) from error
    except (wrong.MultipleTokensReturned, wrong.MultipleObjectsReturned) as error:
        raise lacking(sentences.TOKEN_AMBIGUOUS, uri=uri) from error
    except (wrong.NoSuchToken, wrong.TokenNotPresent, wrong.TokenNotRecognised) as error:
        raise lacking(sentences.TOKEN_ABSENT, uri=uri) from error
    except wrong.PKCS11Error as error:
        raise lacking(sentences.TOKEN_FAILED, reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
