"""Passkeys: made by somebody who is signed in, and a way in without a password.

The authenticator has verified its user, by a finger or a PIN: a passkey is two factors, and no code is asked for. What
is compared is done by the `fido2` library; what is kept, and that nothing is taken twice, is done here.

Source: W3C Web Authentication, level 2, 7.1 (registering), 7.2 (asserting).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.passkey import (
    LONGEST_CREDENTIAL_ID,
    MOST_OF_ONE,
    Challenge,
    Passkey,
    Use,
    new_challenge,
    open_challenge,
    relying_party,
    seal_challenge,
)
from filiere_platform.domain.person import read_name
from filiere_platform.domain.person_sentences import PASSKEY_REFUSED, SIGN_IN_REFUSED, TOO_MANY_PASSKEYS
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.sign_in import Door, SignedIn
from filiere_schemas.problems import Problem, Refusal

log = logging.getLogger(__name__)

ALGORITHMS: Final[tuple[type[CoseKey], ...]] = (ES256, EdDSA, RS256)  # what authenticators have; in this order
REQUIRED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a page asks of an authenticator: the options for the browser, and the challenge sealed for the form."""

    options: Mapping[str, Any]
    sealed: bytes


class Passkeys:
    """Makes and takes passkeys of one instance."""

    def __init__(self, units: UnitsOfWork, door: Door, *, base_url: str, name: str, secret: bytes) -> None:
        self._units = units
        self._door = door
        self._secret = secret
        self._server: Fido2Server | None = None
        rp_id = relying_party(base_url)
        if rp_id is not None:
            origin = _origin(base_url)
            party = PublicKeyCredentialRpEntity(id=rp_id, name=name)
            self._server = Fido2Server(party, verify_origin=lambda found: found == origin)
            self._server.allowed_algorithms = [
                PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=kind.ALGORITHM)
                for kind in ALGORITHMS
            ]

    def ask_for_new(self, person_id: str, login: str, *, cookie: str, now: int) -> Asked | None:
        """Ask for a passkey of somebody who is signed in; None where browsers make none for this instance."""
        if self._server is None:
            return None
        with self._units.unit_of_work() as uow:
            known = [AttestedCredentialData(each.credential) for each in uow.passkeys.of_person(person_id)]
        challenge = new_challenge(now)
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=person_id.encode(), name=login, display_name=login),
            known,
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=REQUIRED,
            challenge=challenge.value,
        )
        return self._asked(dict(options), challenge, Use.REGISTER, cookie)

    def ask_to_sign_in(self, *, cookie: str, now: int) -> Asked | None:
        """Ask whoever comes for any passkey of this instance; None as `ask_for_new`."""
        if self._server is None:
            return None
        challenge = new_challenge(now)
        options, _ = self._server.authenticate_begin(user_verification=REQUIRED, challenge=challenge.value)
        return self._asked(dict(options), challenge, Use.SIGN_IN, cookie)

    def register(
        self,
        person_id: str,
        answer: Mapping[str, Any],
        *,
        sealed: bytes,
        name: str,
        password: str,
        cookie: str,
        address: str,
        now: int,
    ) -> None:
        """Keep a passkey that somebody made; the password is asked for, since an open browser is not enough.

        Raises:
            TooMany, Unauthenticated: as `Door.try_password`.
            Refusal: the name is none; code `passkey-refused`, `too-many-passkeys`.
        """
        named = read_name(name)
        self._door.confirm(person_id, password, address=address, now=now)
        challenge = open_challenge(sealed, use=Use.REGISTER, cookie=cookie, key=self._secret, now=now)
        if self._server is None or challenge is None:
            raise _not_accepted()
        try:
            made = self._server.register_complete(_state(challenge), answer)
            credential = made.credential_data
        except Exception as error:  # whatever a stranger's bytes make of a parser
            raise _not_accepted() from error
        if credential is None or not _is_ours(credential):
            raise _not_accepted()
        passkey = Passkey(
            sha256=hashlib.sha256(credential.credential_id).digest(),
            person_id=person_id,
            name=named,
            credential=bytes(credential),
            sign_count=made.counter,
            created_at=now,
        )
        try:
            with self._units.unit_of_work() as uow:
                if uow.passkeys.count(person_id) >= MOST_OF_ONE:
                    raise Refusal([Problem(sentence=TOO_MANY_PASSKEYS, values={"expected": MOST_OF_ONE})])
                uow.passkeys.answer(challenge, now=now)
                uow.passkeys.add(passkey)
        except RowsRefused as refused:  # answered before, or somebody's already
            raise _not_accepted() from refused

    def sign_in(
        self, answer: Mapping[str, Any], *, sealed: bytes, cookie: str, address: str, presented: str, now: int
    ) -> SignedIn:
        """Begin a session of whose passkey answered.

        Raises:
            TooMany: too many attempts from this address.
            Unauthenticated: code `sign-in-refused`, whatever it is that does not hold.
        """
        self._door.count_address(address, now=now)
        challenge = open_challenge(sealed, use=Use.SIGN_IN, cookie=cookie, key=self._secret, now=now)
        if self._server is None or challenge is None:
            raise _refused()
        try:
            given = AuthenticationResponse.from_dict(answer)
            sha256 = hashlib.sha256(given.raw_id).digest()
        except Exception as error:  # whatever a stranger's bytes make of a parser
            raise _refused() from error
        with self._units.unit_of_work() as uow:
            passkey = uow.passkeys.find(sha256)
        if passkey is None or given.response.user_handle not in {None, passkey.person_id.encode()}:
            raise _refused()
        try:
            known = [AttestedCredentialData(passkey.credential)]
            self._server.authenticate_complete(_state(challenge), known, given)
            count = given.response.authenticator_data.counter
        except Exception as error:
            raise _refused() from error
        try:
            with self._units.unit_of_work() as uow:
                uow.passkeys.answer(challenge, now=now)
                if not uow.passkeys.step(passkey.sha256, count, now=now):
                    values = {"person": passkey.person_id, "passkey": passkey.short}
                    log.warning("passkey_counter_went_back", extra=values)
                    raise _refused()
                return self._door.begin_full(uow, passkey.person_id, presented=presented, now=now)
        except RowsRefused as refused:  # answered before
            raise _refused() from refused

    def remove(self, person_id: str, short: str, password: str, *, address: str, now: int) -> None:
        """Take a passkey of one's own away, by what names it on one's page.

        Raises:
            TooMany, Unauthenticated: as `Door.try_password`.
        """
        self._door.confirm(person_id, password, address=address, now=now)
        with self._units.unit_of_work() as uow:
            for each in uow.passkeys.of_person(person_id):
                if each.short == short:
                    uow.passkeys.remove(person_id, each.sha256)

    def _asked(self, options: dict[str, Any], challenge: Challenge, use: Use, cookie: str) -> Asked:
        sealed = seal_challenge(challenge, use=use, cookie=cookie, key=self._secret)
        return Asked(options=options["publicKey"], sealed=sealed)


def _state(challenge: Challenge) -> dict[str, Any]:
    from fido2.utils import websafe_encode

    return {"challenge": websafe_encode(challenge.value), "user_verification": REQUIRED}


def _is_ours(credential: AttestedCredentialData) -> bool:
    """Whether the key is of a kind that was asked for, and of the type that it says, which the library leaves to us."""
    is_short = 0 < len(credential.credential_id) <= LONGEST_CREDENTIAL_ID
    key = credential.public_key
    kind = next((kind for kind in ALGORITHMS if isinstance(key, kind)), None)
    return is_short and kind is not None and (key.get(1), key.get(-1)) in _shapes(kind, key)


def _shapes(kind: type[CoseKey], key: CoseKey) -> set[tuple[Any, Any]]:
    # Key type and curve; of RSA the same place holds the modulus. Source: RFC 9053, 7; RFC 8230, 4.
    return {(2, 1)} if kind is ES256 else {(1, 6)} if kind is EdDSA else {(3, key.get(-1))}


def _origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _not_accepted() -> Refusal:
    return Refusal([Problem(sentence=PASSKEY_REFUSED)])


def _refused() -> Unauthenticated:
    return Unauthenticated([Problem(sentence=SIGN_IN_REFUSED)])
