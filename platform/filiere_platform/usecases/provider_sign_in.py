"""Sign in through an identity provider: only whom a person has linked, while signed in, with the password.

What else a provider says of somebody is not read, a mail address least of all: who can have any address written there
would be anybody here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.oidc_flow import Flow, new_flow, open_flow, seal_flow
from filiere_platform.domain.person_sentences import SIGN_IN_REFUSED
from filiere_platform.domain.provider_sentences import PROVIDER_LINKED, PROVIDER_REFUSED, PROVIDER_UNKNOWN
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.identity_provider import IdentityProvider
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.sign_in import Door, SignedIn
from filiere_schemas.problems import Problem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Where a browser goes, and what it takes along and brings back."""

    address: str
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Who came back: a session, or None where an account was linked; and where it was to lead."""

    came: SignedIn | None
    following: str


class ProviderDoor:
    """Lets people in through a provider."""

    def __init__(self, units: UnitsOfWork, door: Door, provider: IdentityProvider, *, secret: bytes) -> None:
        self._units = units
        self._door = door
        self._provider = provider
        self._secret = secret

    @property
    def name(self) -> str:
        """How people know the provider."""
        return self._provider.client.name

    def leave(self, *, following: str, cookie: str, now: int) -> Leaving:
        """Go there to sign in.

        Raises:
            Refusal: code `provider-away`.
        """
        return self._leave(new_flow(following=following, person_id="", now=now), cookie)

    def leave_to_link(self, person_id: str, password: str, *, cookie: str, address: str, now: int) -> Leaving:
        """Go there to link one's account; the password is asked for, since an open browser is not enough.

        Raises:
            TooMany, Unauthenticated: as `Door.try_password`.
            Refusal: code `provider-away`.
        """
        self._door.confirm(person_id, password, address=address, now=now)
        return self._leave(new_flow(following="/account", person_id=person_id, now=now), cookie)

    def come_back(
        self, sealed: bytes, answer: Mapping[str, str], *, cookie: str, address: str, presented: str, now: int
    ) -> Returned:
        """Take the provider's answer, once: begin a session, or link an account.

        Raises:
            TooMany: too many attempts from this address.
            Unauthenticated: code `provider-refused`, `provider-unknown`, or `sign-in-refused` for who may not come in.
            Refusal: code `provider-away`, `provider-linked`.
        """
        self._door.count_address(address, now=now)
        flow = open_flow(sealed, cookie=cookie, key=self._secret, now=now)
        if flow is None:
            raise Unauthenticated([Problem(sentence=PROVIDER_REFUSED)])
        self._use_up(flow, now=now)
        subject = self._provider.subject_of(flow, answer, now=now)
        if flow.person_id:
            self._link(flow, subject, now=now)
            return Returned(came=None, following=flow.following)
        with self._units.unit_of_work() as uow:
            person_id = uow.identities.person_of(self._provider.client.issuer, subject, now=now)
            if person_id is None:
                raise Unauthenticated([Problem(sentence=PROVIDER_UNKNOWN)])
            came = self._door.begin_after_password(uow, person_id, presented=presented, now=now)
        return Returned(came=came, following=flow.following)

    def is_linked(self, person_id: str) -> bool:
        """Whether somebody has linked the own account."""
        with self._units.unit_of_work() as uow:
            return uow.identities.is_linked(self._provider.client.issuer, person_id)

    def unlink(self, person_id: str, password: str, *, address: str, now: int) -> None:
        """Take the link of one's own account away.

        Raises:
            TooMany, Unauthenticated: as `Door.try_password`.
        """
        self._door.confirm(person_id, password, address=address, now=now)
        with self._units.unit_of_work() as uow:
            uow.identities.unlink(self._provider.client.issuer, person_id)

    def _leave(self, flow: Flow, cookie: str) -> Leaving:
        address = self._provider.address_for(flow)
        return Leaving(address=address, sealed=seal_flow(flow, cookie=cookie, key=self._secret))

    def _use_up(self, flow: Flow, *, now: int) -> None:
        # Before the provider is asked: an answer that was tried is never tried again, whatever became of it.
        try:
            with self._units.unit_of_work() as uow:
                uow.passkeys.answer(flow.once, now=now)
        except RowsRefused as refused:
            raise Unauthenticated([Problem(sentence=PROVIDER_REFUSED)]) from refused

    def _link(self, flow: Flow, subject: str, *, now: int) -> None:
        try:
            with self._units.unit_of_work() as uow:
                if not self._door.may_enter(uow, flow.person_id):
                    raise Unauthenticated([Problem(sentence=SIGN_IN_REFUSED)])
                uow.identities.link(self._provider.client.issuer, subject, flow.person_id, now=now)
        except RowsRefused as refused:
            raise Refusal([Problem(sentence=PROVIDER_LINKED)]) from refused
