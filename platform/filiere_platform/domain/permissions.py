"""What may be done, and who may do it: the tables are data, and every check of a right is one look at them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from filiere_platform.domain.access_sentences import PERMISSION_MISSING
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.member import Scope
from filiere_platform.domain.principal import Actor, Principal, Role
from filiere_platform.domain.sentences import SCOPE_MISSING, TOKEN_REFUSED
from filiere_schemas.problems import Problem


class Permission(StrEnum):
    """One thing that somebody may do: noun.verb. Which objects it may be done to is decided where it is done."""

    RECORD_READ = "record.read"  # records, traces, bundles, as far as grants show them
    RECORD_CAPTURE = "record.capture"
    DISCLOSURE_GIVE = "disclosure.give"
    FINDING_READ = "finding.read"
    FINDING_EXPLAIN = "finding.explain"  # and take that back
    FINDING_CLOSE = "finding.close"  # be content with an explanation, or not
    CHAIN_READ = "chain.read"
    AUDIT_READ = "audit.read"
    ACCOUNT_KEEP = "account.keep"  # one's own factors and sessions
    PERSON_READ = "person.read"
    PERSON_MANAGE = "person.manage"  # invite, roles, suspend
    TOKEN_MANAGE = "token.manage"  # noqa: S105 - a permission
    KEY_MANAGE = "key.manage"
    SUPPLIER_READ = "supplier.read"
    SUPPLIER_MANAGE = "supplier.manage"
    SHARING_MANAGE = "sharing.manage"
    MANDATE_READ = "mandate.read"  # those that one holds, those under which one is looked at
    MANDATE_GRANT = "mandate.grant"  # to look at one's own
    GUEST_INVITE = "guest.invite"
    RECALL_READ = "recall.read"  # one's own, and what one is warned of
    RECALL_MANAGE = "recall.manage"  # open, approve, acknowledge, answer
    CASE_READ = "case.read"  # those that one sent or received
    CASE_MANAGE = "case.manage"  # open, take a step; what a step asks for in person is decided there
    DELIVERY_RECEIVE = "delivery.receive"  # one's stream, by a program
    DELIVERY_MANAGE = "delivery.manage"  # where one's stream is sent
    MEMBER_EXPORT = "member.export"  # all of one's own in one file: records, acts and the register alike
    # Of the instance: the sector body's administrators, and the console.
    MEMBER_ADMIT = "member.admit"
    MEMBER_SUSPEND = "member.suspend"
    MANDATE_DECIDE = "mandate.decide"  # to look at several members
    INSTANCE_ADMINISTER = "instance.administer"


P = Permission
OF_INSTANCE: Final = frozenset({P.MEMBER_ADMIT, P.MEMBER_SUSPEND, P.MANDATE_DECIDE, P.INSTANCE_ADMINISTER})
_READING: Final = frozenset({P.RECORD_READ, P.ACCOUNT_KEEP})
_KEEPING: Final = _READING | {
    P.FINDING_READ,
    P.CHAIN_READ,
    P.SUPPLIER_READ,
    P.MANDATE_READ,
    P.RECALL_READ,
    P.CASE_READ,
}

_LOOKING: Final = _READING | {
    P.FINDING_READ,
    P.CHAIN_READ,
    P.MANDATE_READ,
    P.AUDIT_READ,
    P.RECALL_READ,
    P.CASE_READ,
}

BY_ROLE: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(Permission) - OF_INSTANCE - {P.RECORD_CAPTURE, P.DISCLOSURE_GIVE},
        Role.SUPERVISOR: _KEEPING
        | {P.RECORD_CAPTURE, P.DISCLOSURE_GIVE, P.AUDIT_READ, P.PERSON_READ, P.SUPPLIER_MANAGE, P.SHARING_MANAGE}
        | {P.MANDATE_GRANT, P.GUEST_INVITE, P.MEMBER_EXPORT, P.DELIVERY_MANAGE, P.RECALL_MANAGE}
        | {P.FINDING_EXPLAIN, P.FINDING_CLOSE, P.CASE_MANAGE},
        Role.QUALITY: _KEEPING
        | {P.RECORD_CAPTURE, P.DISCLOSURE_GIVE, P.SUPPLIER_MANAGE, P.RECALL_MANAGE, P.FINDING_EXPLAIN}
        | {P.CASE_MANAGE},
        Role.OPERATOR: _READING | {P.RECORD_CAPTURE, P.FINDING_READ, P.SUPPLIER_READ},
        Role.AUDITOR: _LOOKING,
        Role.AUTHORITY: _LOOKING,
        Role.READER: _READING,
    }
)
BY_SCOPE: Final[Mapping[Scope, frozenset[Permission]]] = MappingProxyType(
    {
        Scope.CAPTURE: frozenset(
            {P.RECORD_CAPTURE, P.DISCLOSURE_GIVE, P.RECALL_MANAGE, P.FINDING_EXPLAIN, P.CASE_MANAGE}
        ),
        Scope.READ: frozenset(
            {P.RECORD_READ, P.FINDING_READ, P.CHAIN_READ, P.AUDIT_READ, P.MANDATE_READ, P.DELIVERY_RECEIVE}
            | {P.RECALL_READ, P.CASE_READ}
        ),
        Scope.SUPPLIERS: frozenset({P.SUPPLIER_READ, P.SUPPLIER_MANAGE}),
        Scope.MANAGE: frozenset(
            {P.TOKEN_MANAGE, P.KEY_MANAGE, P.SHARING_MANAGE, P.MANDATE_GRANT, P.GUEST_INVITE, P.DELIVERY_MANAGE}
            | {P.FINDING_CLOSE}
        ),
        Scope.ADMINISTER: OF_INSTANCE,  # in the hands of the sector body; nothing in those of anybody else
    }
)
OF_ANYBODY: Final = frozenset({P.RECORD_READ})  # what was shared with everybody
OF_GUEST: Final = frozenset({P.RECORD_READ})  # and not whom else a mandate concerns


def permissions_of(principal: Principal) -> frozenset[Permission]:
    """Give everything that a principal may do."""
    match principal.actor:
        case Actor.CONSOLE:
            return frozenset(Permission)
        case Actor.PERSON:
            given = frozenset[Permission]().union(*(BY_ROLE[role] for role in principal.roles))
            governs = principal.of_sector_body and Role.ADMINISTRATOR in principal.roles
            return given | OF_INSTANCE if governs else given
        case Actor.TOKEN:
            scopes = principal.scopes if principal.of_sector_body else principal.scopes - {Scope.ADMINISTER}
            return frozenset[Permission]().union(*(BY_SCOPE[scope] for scope in scopes))
        case Actor.GUEST:
            return OF_GUEST
        case Actor.NOBODY:
            return OF_ANYBODY


def may(principal: Principal, permission: Permission) -> bool:
    """Say whether a principal may do something, for a page that shows what can be done."""
    return permission in permissions_of(principal)


def require(principal: Principal, permission: Permission) -> None:
    """Let a principal do something.

    Raises:
        Unauthenticated: nobody in particular may not do it; somebody might.
        Forbidden: this principal may not do it.
    """
    if may(principal, permission):
        return
    if principal.actor is Actor.NOBODY:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    if principal.actor is Actor.TOKEN:
        scope = next((scope for scope, given in BY_SCOPE.items() if permission in given), None)
        if scope is not None and scope not in principal.scopes:
            raise Forbidden([Problem(sentence=SCOPE_MISSING, values={"scope": scope.value})])
    raise Forbidden([Problem(sentence=PERMISSION_MISSING, values={"permission": permission.value})])
