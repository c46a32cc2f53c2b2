"""Which permission each route of the HTTP edge needs: the one list, read when a request comes in and by the tests.

A route that is not here is answered by nobody: the look-up fails before anything is done. `None` is for what needs no
right at all, each with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from filiere_platform.domain.permissions import Permission as P  # noqa: N817 - the table is read by its columns

ROUTES: Final[Mapping[tuple[str, str], P | None]] = MappingProxyType(
    {
        # API
        ("POST", "/api/v1/records"): P.RECORD_CAPTURE,
        ("GET", "/api/v1/records/{index}"): P.RECORD_READ,
        ("GET", "/api/v1/records/{index}/proof"): P.RECORD_READ,
        ("POST", "/api/v1/records/{index}/disclosures"): P.DISCLOSURE_GIVE,
        ("GET", "/api/v1/keys/{kid}/chain"): P.CHAIN_READ,
        ("GET", "/api/v1/findings"): P.FINDING_READ,
        ("GET", "/api/v1/audit"): P.AUDIT_READ,
        ("GET", "/api/v1/tokens"): P.TOKEN_MANAGE,
        ("POST", "/api/v1/tokens"): P.TOKEN_MANAGE,
        ("DELETE", "/api/v1/tokens/{prefix}"): P.TOKEN_MANAGE,
        ("GET", "/api/v1/suppliers"): P.SUPPLIER_READ,
        ("POST", "/api/v1/suppliers"): P.SUPPLIER_MANAGE,
        ("GET", "/api/v1/suppliers/tiers"): P.SUPPLIER_READ,
        ("GET", "/api/v1/suppliers/export"): P.SUPPLIER_READ,
        ("POST", "/api/v1/suppliers/import"): P.SUPPLIER_MANAGE,
        ("GET", "/api/v1/suppliers/{partner_id}"): P.SUPPLIER_READ,
        ("PUT", "/api/v1/suppliers/{partner_id}"): P.SUPPLIER_MANAGE,
        ("DELETE", "/api/v1/suppliers/{partner_id}"): P.SUPPLIER_MANAGE,
        ("POST", "/api/v1/suppliers/{partner_id}/invitation"): P.SUPPLIER_MANAGE,
        ("GET", "/api/v1/suppliers/{partner_id}/history"): P.SUPPLIER_READ,
        ("GET", "/api/v1/suppliers/{partner_id}/scorecard"): P.SUPPLIER_READ,
        ("GET", "/api/v1/mandates"): P.MANDATE_READ,
        ("POST", "/api/v1/mandates"): P.MANDATE_GRANT,
        ("GET", "/api/v1/mandates/{mandate_id}"): P.MANDATE_READ,
        ("DELETE", "/api/v1/mandates/{mandate_id}"): P.MANDATE_GRANT,
        ("GET", "/api/v1/mandates/{mandate_id}/guests"): P.GUEST_INVITE,
        ("POST", "/api/v1/mandates/{mandate_id}/guests"): P.GUEST_INVITE,
        ("DELETE", "/api/v1/mandates/{mandate_id}/guests/{number}"): P.GUEST_INVITE,
        ("GET", "/api/v1/mandates/{mandate_id}/looks"): P.MANDATE_READ,
        ("GET", "/api/v1/looks"): P.MANDATE_READ,
        ("GET", "/api/v1/sharing"): P.SHARING_MANAGE,
        ("PUT", "/api/v1/sharing"): P.SHARING_MANAGE,
        ("GET", "/api/v1/records/{index}/grants"): P.DISCLOSURE_GIVE,
        ("POST", "/api/v1/records/{index}/grants"): P.DISCLOSURE_GIVE,
        ("POST", "/api/v1/records/grants"): P.DISCLOSURE_GIVE,
        ("GET", "/api/v1/access-requests"): P.FINDING_READ,
        ("POST", "/api/v1/access-requests"): P.FINDING_READ,
        ("POST", "/api/v1/access-requests/{request_id}/grant"): P.DISCLOSURE_GIVE,
        ("POST", "/api/v1/access-requests/{request_id}/decline"): P.DISCLOSURE_GIVE,
        ("GET", "/api/v1/trace"): P.RECORD_READ,
        ("GET", "/api/v1/trace/stream"): P.RECORD_READ,
        ("POST", "/api/v1/trace"): P.RECORD_READ,
        ("POST", "/api/v1/trace/ancestors"): P.RECORD_READ,
        ("GET", "/api/v1/trace/difference"): P.RECORD_READ,
        ("GET", "/api/v1/trace/presence"): P.RECORD_READ,
        ("GET", "/api/v1/state"): P.RECORD_READ,
        ("GET", "/api/v1/balance"): P.RECORD_READ,
        ("GET", "/api/v1/balance/dilution"): P.RECORD_READ,
        ("GET", "/api/v1/bundle"): P.RECORD_READ,
        ("GET", "/api/v1/cose-receipt/{index}"): P.RECORD_READ,
        ("GET", "/api/v1/credential"): P.RECORD_READ,
        ("GET", "/api/v1/recovery"): P.RECORD_CAPTURE,
        ("POST", "/api/v1/recovery/records"): P.RECORD_CAPTURE,
        # The one-time token and the keys' own signatures are the right.
        ("POST", "/api/v1/keys"): None,
        ("POST", "/api/v1/keys/rotation"): None,
        ("POST", "/api/v1/keys/revocation"): None,
        # Strangers apply; an invitation is its own right, once.
        ("POST", "/api/v1/applications"): None,
        ("POST", "/api/v1/invitations"): None,
        ("GET", "/api/v1/charter"): None,
        ("POST", "/api/v1/charter/acceptance"): P.KEY_MANAGE,  # as on the page: who accepts binds the organisation
        # What the instance says of itself to everybody.
        ("GET", "/api/v1/openapi.json"): None,
        ("GET", "/api/v1/instance"): None,
        # The sector body's administration: of the instance, not of one's own membership.
        ("GET", "/api/v1/admin/applications"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/applications/{application_id}/approve"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/applications/{application_id}/decline"): P.MEMBER_ADMIT,
        ("GET", "/api/v1/admin/members"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/members"): P.MEMBER_ADMIT,
        ("GET", "/api/v1/admin/members/{member_id}"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/members/{member_id}/invite"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/members/{member_id}/suspend"): P.MEMBER_SUSPEND,
        ("POST", "/api/v1/admin/members/{member_id}/resume"): P.MEMBER_SUSPEND,
        ("POST", "/api/v1/admin/members/{member_id}/end"): P.MEMBER_SUSPEND,
        ("POST", "/api/v1/admin/members/{member_id}/identifiers"): P.MEMBER_ADMIT,
        ("DELETE", "/api/v1/admin/members/{member_id}/identifiers"): P.MEMBER_ADMIT,
        ("POST", "/api/v1/admin/charter"): P.INSTANCE_ADMINISTER,
        ("GET", "/api/v1/admin/key-requests"): P.INSTANCE_ADMINISTER,
        ("GET", "/api/v1/admin/disputes"): P.INSTANCE_ADMINISTER,
        ("POST", "/api/v1/admin/disputes/{dispute}/close"): P.INSTANCE_ADMINISTER,
        ("GET", "/api/v1/admin/audit"): P.INSTANCE_ADMINISTER,
        # EPCIS
        ("POST", "/epcis/capture"): P.RECORD_CAPTURE,
        ("GET", "/epcis/capture/{job_id}"): P.RECORD_CAPTURE,
        ("POST", "/epcis/events"): P.RECORD_CAPTURE,
        ("GET", "/epcis/events"): P.RECORD_READ,
        ("GET", "/epcis/events/{event_id:path}"): P.RECORD_READ,
        # The log is public by design: digests, signed heads, statements of keys.
        ("GET", "/log/checkpoint"): None,
        ("GET", "/log/tile/entries/{place:path}"): None,
        ("GET", "/log/tile/{place:path}"): None,
        ("GET", "/log/keys/"): None,
        ("GET", "/log/keys/{kid}"): None,
        # For the machines around this one: no word of a member in them; the proxy keeps strangers from /metrics.
        ("GET", "/metrics"): None,
        ("GET", "/healthz"): None,
        ("GET", "/readyz"): None,
        # Pages
        ("GET", "/"): P.RECORD_READ,
        ("GET", "/lot"): P.RECORD_READ,
        ("GET", "/lot.zip"): P.RECORD_READ,
        ("GET", "/lot.json"): P.RECORD_READ,
        ("GET", "/lot.csv"): P.RECORD_READ,
        ("GET", "/balance"): P.RECORD_READ,
        ("GET", "/sets"): P.RECORD_READ,
        ("POST", "/sets"): P.RECORD_READ,  # a question, of too many objects for an address
        ("GET", "/record/{index}"): P.RECORD_READ,
        ("GET", "/account"): P.ACCOUNT_KEEP,
        ("POST", "/account/password"): P.ACCOUNT_KEEP,
        ("POST", "/account/app"): P.ACCOUNT_KEEP,
        ("POST", "/account/app/remove"): P.ACCOUNT_KEEP,
        ("POST", "/account/passkey"): P.ACCOUNT_KEEP,
        ("POST", "/account/passkey/remove"): P.ACCOUNT_KEEP,
        ("POST", "/account/provider"): P.ACCOUNT_KEEP,
        ("POST", "/account/provider/remove"): P.ACCOUNT_KEEP,
        ("POST", "/account/sessions"): P.ACCOUNT_KEEP,
        ("GET", "/mandates"): P.MANDATE_READ,
        ("GET", "/mandates/looks.csv"): P.MANDATE_READ,
        ("POST", "/mandates/give"): P.MANDATE_GRANT,
        ("POST", "/mandates/revoke"): P.MANDATE_GRANT,
        ("POST", "/mandates/invite"): P.GUEST_INVITE,
        ("POST", "/mandates/end-link"): P.GUEST_INVITE,
        # The link is the right.
        ("GET", "/guest/{secret}"): None,
        ("GET", "/people"): P.PERSON_READ,
        ("POST", "/people/invite"): P.PERSON_MANAGE,
        ("POST", "/people/change"): P.PERSON_MANAGE,
        ("GET", "/tokens"): P.TOKEN_MANAGE,
        ("POST", "/tokens/give"): P.TOKEN_MANAGE,
        ("POST", "/tokens/revoke"): P.TOKEN_MANAGE,
        ("GET", "/membership"): P.CHAIN_READ,
        ("GET", "/membership.zip"): P.MEMBER_EXPORT,
        ("POST", "/membership/charter"): P.KEY_MANAGE,  # who accepts binds the organisation: its administrators
        ("GET", "/keys"): P.CHAIN_READ,
        ("POST", "/keys/enrolment"): P.KEY_MANAGE,
        ("GET", "/sharing"): P.SHARING_MANAGE,
        ("POST", "/sharing"): P.SHARING_MANAGE,
        ("POST", "/sharing/partners"): P.DISCLOSURE_GIVE,
        ("GET", "/access-requests"): P.FINDING_READ,
        ("POST", "/access-requests/ask"): P.FINDING_READ,
        ("POST", "/access-requests/answer"): P.DISCLOSURE_GIVE,
        ("GET", "/findings"): P.FINDING_READ,
        ("GET", "/audit"): P.AUDIT_READ,
        ("GET", "/audit.csv"): P.AUDIT_READ,
        ("GET", "/administration"): P.INSTANCE_ADMINISTER,
        ("POST", "/administration/applications"): P.MEMBER_ADMIT,
        ("POST", "/administration/members"): P.MEMBER_ADMIT,
        ("POST", "/administration/charter"): P.INSTANCE_ADMINISTER,
        ("POST", "/administration/disputes"): P.INSTANCE_ADMINISTER,
        ("GET", "/administration/members/{member_id}"): P.MEMBER_ADMIT,
        ("POST", "/administration/members/{member_id}/status"): P.MEMBER_SUSPEND,
        ("POST", "/administration/members/{member_id}/identifiers"): P.MEMBER_ADMIT,
        ("POST", "/administration/members/{member_id}/invite"): P.MEMBER_ADMIT,
        # Strangers apply.
        ("GET", "/apply"): None,
        ("POST", "/apply"): None,
        ("GET", "/suppliers"): P.SUPPLIER_READ,
        ("GET", "/suppliers.csv"): P.SUPPLIER_READ,
        ("POST", "/suppliers/add"): P.SUPPLIER_MANAGE,
        ("GET", "/suppliers/tiers"): P.SUPPLIER_READ,
        ("GET", "/suppliers/import"): P.SUPPLIER_MANAGE,
        ("POST", "/suppliers/import"): P.SUPPLIER_MANAGE,
        ("GET", "/suppliers/{partner_id}"): P.SUPPLIER_READ,
        ("GET", "/suppliers/{partner_id}/scorecard.csv"): P.SUPPLIER_READ,
        ("POST", "/suppliers/{partner_id}/invite"): P.SUPPLIER_MANAGE,
        ("POST", "/suppliers/{partner_id}/change"): P.SUPPLIER_MANAGE,
        # The one-time link is the right.
        ("GET", "/join"): None,
        ("POST", "/join"): None,
        ("GET", "/invitation"): None,
        ("POST", "/invitation"): None,
        ("GET", "/invited"): None,
        ("POST", "/invited"): None,
        ("GET", "/sign-in/code"): None,
        ("POST", "/sign-in/code"): None,
        # Who signs in is not known yet; who signs out only loses something.
        ("GET", "/sign-in"): None,
        ("POST", "/sign-in"): None,
        ("POST", "/sign-in/passkey"): None,
        ("GET", "/sign-in/provider"): None,
        ("GET", "/sign-in/provider/back"): None,
        ("POST", "/sign-out"): None,
        # The same for everybody: an address that leads on, a style, an icon that there is not.
        ("GET", "/01/{rest:path}"): None,
        ("GET", "/00/{rest:path}"): None,
        ("GET", "/static/filiere.css"): None,
        ("GET", "/static/passkey.js"): None,
        ("GET", "/favicon.ico"): None,
    }
)


def permission_of(method: str, path: str) -> P | None:
    """Give what a route needs; None: no right at all.

    Raises:
        KeyError: nobody said what it needs.
    """
    return ROUTES["GET" if method == "HEAD" else method, path]
