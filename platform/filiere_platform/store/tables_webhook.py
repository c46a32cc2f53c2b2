"""The tables of webhooks: where members' streams are sent, and which events were refused there."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Text
from sqlmodel import Field

from filiere_platform.store.column_types import Big, Flag
from filiere_platform.store.tables import Row, table_of


class WebhookTable(Row, table=True):
    """A webhook with its cursor; `held_by` is the process that delivers to it until `held_until`."""

    __tablename__ = "webhook"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    url: str = Field(sa_column=Column(Text, nullable=False))
    kinds: str = Field(sa_column=Column(Text, nullable=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # sealed
    secret_before: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  # sealed
    secret_before_until: int = Field(sa_column=Column(Big, nullable=False))
    made_at: int = Field(sa_column=Column(Big, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    pause: str | None = Field(default=None, sa_column=Column(Text))
    position: int = Field(sa_column=Column(Big, nullable=False))
    alone_until: int = Field(sa_column=Column(Big, nullable=False))
    refusals: int = Field(sa_column=Column(Big, nullable=False))
    failures: int = Field(sa_column=Column(Big, nullable=False))
    failing_since: int | None = Field(default=None, sa_column=Column(Big))
    dead_in_a_row: int = Field(sa_column=Column(Big, nullable=False))
    due_at: int = Field(sa_column=Column(Big, nullable=False))
    delivered_at: int | None = Field(default=None, sa_column=Column(Big))
    said: str = Field(sa_column=Column(Text, nullable=False))
    held_by: str = Field(sa_column=Column(Text, nullable=False))
    held_until: int = Field(sa_column=Column(Big, nullable=False))


class WebhookDeadLetterTable(Row, table=True):
    """An event that a webhook refused by itself; where it is, and no copy of it."""

    __tablename__ = "webhook_dead_letter"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    webhook_id: str = Field(sa_column=Column(Text, ForeignKey("webhook.id"), nullable=False, index=True))
    member_id: int = Field(sa_column=Column(Big, ForeignKey("member.id"), nullable=False, index=True))
    log_index: int = Field(sa_column=Column(Big, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    after: int = Field(sa_column=Column(Big, nullable=False))
    position: int = Field(sa_column=Column(Big, nullable=False))
    died_at: int = Field(sa_column=Column(Big, nullable=False))
    attempts: int = Field(sa_column=Column(Big, nullable=False))
    said: str = Field(sa_column=Column(Text, nullable=False))
    is_due: bool = Field(sa_column=Column(Flag, nullable=False))


WEBHOOK = table_of(WebhookTable)
WEBHOOK_DEAD_LETTER = table_of(WebhookDeadLetterTable)
