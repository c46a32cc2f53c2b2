"""The ways in that people's own settings open."""

from __future__ import annotations

from filiere_platform.outbound.provider import provider_fetch
from filiere_platform.settings import Settings
from filiere_platform.store.database import Database
from filiere_platform.usecases.identity_provider import Client, IdentityProvider
from filiere_platform.usecases.provider_sign_in import ProviderDoor
from filiere_platform.usecases.sign_in import Door


def provider_door(settings: Settings, database: Database, door: Door, *, secret: bytes) -> ProviderDoor | None:
    """Build the way in through an identity provider, where one is set."""
    if not settings.oidc_issuer:
        return None
    client = Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=f"{settings.base_url}/sign-in/provider/back",
        name=settings.oidc_name,
    )
    provider = IdentityProvider(client, provider_fetch(settings.oidc_issuer))
    return ProviderDoor(database, door, provider, secret=secret)
