"""What `/api/v1/trace` and its neighbours give, for the OpenAPI document (docs/trace.md, sets.md, balance.md).

Only the document reads these: an answer is laid out as it is given, and costs no second look.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Certainty = Literal["certain", "doubtful"]
NodeWord = Literal["lot", "item", "logistic_unit", "class", "location", "party", "document", "other"]
Step = Literal["transformed-into", "packed-in", "fitted-in", "moved", "same-as"]
Way = Literal["up", "down", "both"]


class CutAnswer(BaseModel):
    """Where an answer ends before the chain does."""

    reason: Literal["depth", "nodes", "time"]
    depth: int
    remaining: int = Field(description="Objects that are known to come next")
    directions: list[Literal["up", "down"]] = Field([], description="Of a trace: in which directions")


class AmountAnswer(BaseModel):
    """An amount."""

    quantity: str = Field(description="Decimal")
    uom: str = Field(description="UN/ECE Recommendation 20")


class FlowAnswer(BaseModel):
    """What events say of one flow of an object."""

    amounts: list[AmountAnswer]
    open: int = Field(description="How many statements give no amount")


class NodeAnswer(BaseModel):
    """An object that was found."""

    key: str
    kind: NodeWord
    depth: int
    directions: dict[Literal["up", "down"], int]
    certainty: Certainty
    traversed: bool
    followed: bool
    hidden_events: int
    tombstone: bool | None
    quantities: dict[str, FlowAnswer]
    roots: list[int] = Field([], description="Of a trace of several objects: which of them reach this one, by position")


class PlaceAnswer(BaseModel):
    """A site or a party that events name."""

    key: str
    kind: NodeWord


class ErasureAnswer(BaseModel):
    """By what the content of an event is gone."""

    index: int = Field(description="Log index of the erasure's own entry")
    what: str
    rule: str
    erasedAt: str  # noqa: N815 - JSON


class EdgeAnswer(BaseModel):
    """A step, in the direction of time."""

    kind: Step
    source: str | None = Field(alias="from")
    target: str | None = Field(alias="to")
    event: int
    event_id: str | None
    other_event: int | None
    other_event_id: str | None
    earliest: str
    latest: str
    quantity: str | None
    uom: str | None
    objects: list[str]
    carry_over: Literal["mixed", "first-in-first-out", "window"] | None
    declared_by: list[str] | None
    erasure: ErasureAnswer | None
    certainty: Certainty
    margin_seconds: float | None


class EventPlaceAnswer(BaseModel):
    """A place in its role in an event."""

    role: str
    key: str


class EventAnswer(BaseModel):
    """An event behind the steps."""

    index: int
    event_id: str | None
    type: str
    action: str | None
    bizStep: str | None  # noqa: N815 - JSON
    earliest: str
    latest: str
    member: str | None
    assurance: str | None
    view: Literal["public-fields"] | None
    stored_at: str | None
    erased: bool
    erasure: ErasureAnswer | None
    fields_withheld: int
    objects: list[str]
    places: list[EventPlaceAnswer]


class SealedAnswer(BaseModel):
    """Something is there that the asker may not see."""

    object: str
    handle: str | None
    member: str | None


class TraceFindingAnswer(BaseModel):
    """What an auditor would ask about."""

    code: str
    level: Literal["warning", "info"]
    object: str | None
    events: list[int]
    message: dict[Literal["fr", "en"], str]


class TraceSummary(BaseModel):
    """Counts."""

    objects: int
    steps: int
    doubtful_steps: int
    events: int
    signed_at_source: int
    attested_on_receipt: int
    erased: int
    views: int
    members: int


class _Laid(BaseModel):
    direction: Way
    as_of: int = Field(description="Size of the log that was looked at")
    at: str | None
    nodes: list[NodeAnswer]
    places: list[PlaceAnswer]
    edges: list[EdgeAnswer]
    events: list[EventAnswer]
    sealed: list[SealedAnswer]
    findings: list[TraceFindingAnswer]
    summary: TraceSummary
    cut: CutAnswer | None = Field(description="null: the answer is whole")


class TraceAnswer(_Laid):
    """Where an object came from, and what became of it."""

    object: str


class TraceSetAnswer(_Laid):
    """Several objects, traced as one."""

    objects: list[str]
    unknown: list[str] = Field(description="Those that nobody ever mentioned, or not to the asker")


class SourceAnswer(BaseModel):
    """Something that suspects have in common."""

    key: str
    score: str = Field(description="Decimal")
    suspects: list[int] = Field(description="By position in `objects`")
    sound: list[int]
    certain: int = Field(description="How many suspects it surely reaches")


class AncestorAnswer(SourceAnswer):
    """An object that suspects have in common."""

    kind: NodeWord
    depth: int
    earliest: str | None
    events: list[int]
    hidden_events: int


class AncestorsAnswer(BaseModel):
    """What several suspects come from, the likeliest source first."""

    objects: list[str]
    sound: list[int]
    unknown: list[str]
    as_of: int
    ancestors: list[AncestorAnswer]
    places: list[SourceAnswer]
    members: list[SourceAnswer]
    total: int
    hidden_events: int
    cut: CutAnswer | None


class SideAnswer(BaseModel):
    """One of two traces."""

    object: str
    as_of: int


class ChangesAnswer(BaseModel):
    """What was added, removed and changed in certainty; each says because of which events."""

    added: list[Any]
    removed: list[Any]
    changed: list[Any] = []


class TraceDifferenceAnswer(BaseModel):
    """What changed between two traces."""

    before: SideAnswer
    after: SideAnswer
    direction: Way
    nodes: ChangesAnswer
    edges: ChangesAnswer
    events: ChangesAnswer
    cut: list[CutAnswer | None]


class PresenceAnswer(BaseModel):
    """Whether a member is anywhere in a chain."""

    object: str
    member: str
    direction: Way
    as_of: int
    present: Literal["yes", "no", "unknown"]
    certainty: Certainty | None
    reasons: list[Literal["hidden-events", "cut"]]
    events: list[int]
    objects: list[str]


class ObjectStateAnswer(BaseModel):
    """The state of one object; each statement with its certainty, its events and what else was said."""

    object: str
    known: bool = Field(description="Of an unknown object nothing else is said")
    kind: NodeWord = "lot"
    hidden_events: int = 0
    place: dict[str, Any] | None = None
    holder: dict[str, Any] | None = None
    owner: dict[str, Any] | None = None
    disposition: dict[str, Any] | None = None
    persistent: list[dict[str, Any]] = []
    blocked: dict[str, Any] | None = None
    recalled: dict[str, Any] | None = None
    inside: list[dict[str, Any]] = []
    quantity: dict[str, Any] | None = None


class StatesAnswer(BaseModel):
    """The states of objects at an instant."""

    at: str
    as_of: int
    objects: list[ObjectStateAnswer]
    events: list[dict[str, Any]]


class BalancedAnswer(BaseModel):
    """The balance of one object: flows as decimals, in one unit."""

    object: str
    known: bool = True
    hidden_events: int = 0
    unit: str = ""
    residual: str | None = None
    verdict: str = ""
    reasons: list[str] = []
    lines: list[dict[str, Any]] = []


class BalanceAnswer(BaseModel):
    """Balances of lots; of a site in a period also `site`, `from`, `to`, `unit`, `sums`, `apart` and `verdicts`."""

    as_of: int
    objects: list[BalancedAnswer]
    transformations: list[dict[str, Any]]
    site: str = ""
    sums: dict[str, str | None] = {}
    apart: list[str] = []
    verdicts: dict[str, int] = {}


class DilutedAnswer(BaseModel):
    """What part of one lot comes from the suspect one; shares are decimals between 0 and 1, null where not known."""

    object: str
    depth: int
    share: str | None
    worst: str | None
    portion: str | None
    stayed: str | None
    made: str | None
    suspect: str | None
    unit: str
    hidden_events: int
    events: list[int]


class DilutionAnswer(BaseModel):
    """What part of each lot downstream comes from a suspect one."""

    object: str
    as_of: int
    objects: list[DilutedAnswer]
    accounted: str | None
    cut: CutAnswer | None


MODELS = (
    TraceAnswer,
    TraceSetAnswer,
    AncestorsAnswer,
    TraceDifferenceAnswer,
    PresenceAnswer,
    StatesAnswer,
    BalanceAnswer,
    DilutionAnswer,
)
