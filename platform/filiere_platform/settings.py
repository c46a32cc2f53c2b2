"""Settings of one instance, read from the environment; nothing else reads the environment.

Each setting `FILIERE_X` may be given as `FILIERE_X_FILE`, the path of a file that holds it: that is how secrets
come in. A secret that everybody knows is refused where it would matter. docs/operations.md lists every setting.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.broker_address import nodes_of

PREFIX = "FILIERE_"
DEFAULT_SECRETS = frozenset({"guest", "postgres", "filiere", "password", "changeme", "change-me", "secret", "admin"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", ""})


class SettingsError(Exception):
    """A setting is missing, malformed or unsafe; the message names it and says what to do."""


class RetentionMode(StrEnum):
    """What the worker does about retention rules."""

    APPLY = "apply"
    REPORT = "report"


class SectorRules(StrEnum):
    """What is done about the rules of the sector's profile."""

    OFF = "off"
    REPORT = "report"
    ENFORCE = "enforce"  # and what a rule refuses is not stored


class Settings(BaseSettings):
    """What the sector body chooses for its instance."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("var"), description="Folder of keys, tiles and the embedded database")
    database_url: str = Field(default="", description="postgresql://… ; empty: SQLite in the data folder")
    broker_url: str = Field(
        default="", description="amqp://… ; the nodes of a cluster by commas; empty: the bus inside the process"
    )
    broker_replicas: int = Field(
        default=0, ge=0, le=9, description="On how many nodes of a cluster a new queue is kept; 0: as the broker does"
    )
    broker_management_url: str = Field(
        default="",
        repr=False,
        pattern=r"^(|https?://[^/@\s]+@[^/@\s]+/?)$",
        description="http(s)://USER:PASSWORD@HOST:15672; with it the worker keeps members' users at the broker",
    )
    broker_prefix: str = Field(
        default="", max_length=60, description="Begins every name on the broker; keeps instances that share one apart"
    )
    stream_max_mb: int = Field(
        default=1_024, ge=16, le=10_000_000, description="What a member's stream on the broker keeps at most, MiB"
    )
    stream_max_days: int = Field(default=30, ge=1, le=3_650, description="For how long it keeps it, days")
    relay_shares: int = Field(
        default=1, ge=1, le=64, description="How many workers may relay at once; the same in every process"
    )
    base_url: str = Field(default="http://127.0.0.1:8000", description="Address under which the world reaches us")
    keys_passphrase: str = Field(
        default="", repr=False, description="Opens the instance's own key files; given before `init`, it encrypts them"
    )
    sector: str = Field(default="", description="Sector profile chosen at init")
    sector_dir: str = Field(default="", description="Folder of sector profiles of one's own, each in its own folder")
    sector_rules: SectorRules = Field(
        default=SectorRules.OFF, description="Judge events by the sector's profile: tell their senders, or refuse, too"
    )
    log_origin: str = Field(default="", description="Name of the log, chosen at init, never changed")
    default_sharing: SharingMode | Literal[""] = Field(
        default="", description="Who sees an event when neither it nor its member says so; empty: as the sector says"
    )
    retention: RetentionMode = Field(
        default=RetentionMode.REPORT, description="Erase what the sector's rules no longer keep, or only count it"
    )
    publish_every_ms: int = Field(default=250, ge=10, le=60_000, description="Pause between checkpoints, milliseconds")
    witness_policy: str = Field(
        default="", description="Path of a C2SP policy: nothing is published that its quorum has not cosigned"
    )
    chain_grace_hours: float = Field(
        default=6.0, ge=0, le=8_760, description="Hours for which a gap in a key's chain is not told"
    )
    max_body_bytes: int = Field(
        default=10_000_000, ge=1_000, le=200_000_000, description="Largest request body accepted, bytes"
    )
    max_records: int = Field(default=5_000, ge=1, le=100_000, description="Most events accepted in one request")
    max_queued: int = Field(default=20_000, ge=1, description="Records waiting for commit before the answer is 503")
    group_size: int = Field(default=512, ge=1, le=10_000, description="Most records written in one commit")
    requests_per_token: float = Field(
        default=300.0, ge=0, le=1_000_000, description="Requests per second of one API token, ten times as many at once"
    )
    requests_per_person: float = Field(
        default=20.0, ge=0, le=1_000_000, description="Requests per second of one person who is signed in, likewise"
    )
    requests_per_address: float = Field(
        default=100.0, ge=0, le=1_000_000, description="Requests per second of strangers from one address, likewise"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses and networks, by commas, of the proxies that are believed about where a request is from",
    )
    webhook_seconds: float = Field(
        default=10.0, gt=0, le=30, description="Seconds within which a webhook has answered, or it is tried again"
    )
    webhook_pause_hours: float = Field(
        default=72.0, gt=0, le=8_760, description="Hours without any delivery after which a webhook is paused"
    )
    webhook_hosts: str = Field(
        default="",
        description="Hosts, by commas, that webhooks may reach in your own network, and without encryption",
    )
    oidc_issuer: str = Field(
        default="", description="Issuer of the OpenID provider through which people may sign in; empty: none"
    )
    oidc_client_id: str = Field(default="", description="How the provider knows this instance")
    oidc_client_secret: str = Field(default="", repr=False, description="The secret that the provider gave; as a file")
    oidc_name: str = Field(default="SSO", max_length=40, description="What people call the provider")
    graph_memory_mb: int = Field(
        default=1_024, ge=0, le=1_000_000, description="Most memory of the graph that traces search, MiB; 0: none"
    )
    partition_size: int = Field(default=1_000_000, ge=100, description="Records per partition on PostgreSQL")

    backup_passphrase: str = Field(default="", description="Seals backups, and opens them again; best given as a file")

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: str) -> str:
        if value.startswith(("postgresql://", "postgres://")):
            return "postgresql+psycopg://" + value.split("://", 1)[1]
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            msg = "expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
            raise ValueError(msg)
        return value

    @field_validator("broker_url")
    @classmethod
    def _name_every_node(cls, value: str) -> str:
        return ",".join(nodes_of(value)) if value else ""

    @field_validator("trusted_proxies")
    @classmethod
    def _believe_only_who_is_named(cls, value: str) -> str:
        # A wildcard is no network: everybody could give himself any address.
        named = [ipaddress.ip_network(name.strip(), strict=False) for name in value.split(",") if name.strip()]
        if any(each.prefixlen == 0 for each in named):
            msg = "expected the addresses of your proxies, found everybody's"
            raise ValueError(msg)
        return ",".join(str(each.network_address if each.num_addresses == 1 else each) for each in named)

    @field_validator("base_url")
    @classmethod
    def _drop_the_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _name_a_provider_whole(self) -> Self:
        parts = urlsplit(self.oidc_issuer)
        is_near = (parts.hostname or "") in LOOPBACK and parts.scheme == "http"
        is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
        if self.oidc_issuer and not (self.oidc_client_id and is_plain and (parts.scheme == "https" or is_near)):
            msg = f"{PREFIX}OIDC_ISSUER: expected https://HOST[/PATH], with {PREFIX}OIDC_CLIENT_ID"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> Self:
        for name in ("database_url", "broker_url", "broker_management_url"):
            url = getattr(self, name)
            for parts in map(urlsplit, nodes_of(url) if name == "broker_url" and url else (url,)):
                if (parts.hostname or "") not in LOOPBACK and parts.password in DEFAULT_SECRETS:
                    msg = f"{PREFIX}{name.upper()} carries a password that everybody knows; choose another one"
                    raise ValueError(msg)
        return self

    @property
    def effective_database_url(self) -> str:
        """The database to open: the one that was set, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'filiere.db'}"

    @property
    def database_sizes(self) -> dict[str, int]:
        """What a database is opened with: records per partition, and how many bytes the graph in memory may take."""
        return {"partition_size": self.partition_size, "graph_bytes": self.graph_memory_mb << 20}

    @property
    def chain_grace(self) -> int:
        """For how long a gap in a key's chain is not told, in microseconds."""
        return round(self.chain_grace_hours * 3_600_000_000)

    @property
    def keys_dir(self) -> Path:
        """Where the instance's own signing keys live."""
        return self.data_dir / "keys"

    @property
    def sector_folder(self) -> Path | None:
        """Where the sector body's own profiles lie; None where there are only those of the release."""
        return Path(self.sector_dir) if self.sector_dir else None

    @property
    def passphrase(self) -> bytes | None:
        """What opens those keys; None where they are not encrypted."""
        return self.keys_passphrase.encode() or None


def read_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings from the environment, `*_FILE` variants included; overrides come from a command line.

    Raises:
        SettingsError: naming each setting that is wrong and what was expected.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        variable = PREFIX + name.upper()
        if f"{variable}_FILE" in source:
            values[name] = _read_file(f"{variable}_FILE", source[f"{variable}_FILE"])
        elif variable in source:
            values[name] = source[variable]
    values.update({name: value for name, value in overrides.items() if value is not None})
    try:
        # Everything was gathered above: pydantic's own look at the environment would bypass `environment`.
        return Settings.model_validate(values)
    except ValidationError as error:
        # `input` is left out of the message: it may be a secret.
        wrong = [f"{PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(wrong)) from None


def _read_file(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"{variable}: cannot read {path}: {error.strerror}"
        raise SettingsError(msg) from None
