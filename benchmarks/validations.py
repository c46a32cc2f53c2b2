"""What one event costs to check, beside the schema library alone; its event hash beside the reference's; its judgement.

An event is checked as capture checks it: strict JSON, schema, identifiers in their canonical form, rules, the typed
event, and the digest of its canonical content. The floor gets the parsed event and answers yes or no.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import Any

from epcis_event_hash_generator import json_to_py
from epcis_event_hash_generator.hash_generator import derive_prehashes_from_events

from figures import at_least_times, claimed, taking_turns
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.event_hash import event_hash, pre_hash
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.epcis.schema import validator
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.sectors.checked_profile import ready_profile
from filiere_schemas.sectors.judging import judge
from filiere_schemas.sectors.profile_files import read_files, sector_names
from material import events_of

SAMPLE = 400
REFERENCE_SAMPLE = 60  # it takes milliseconds for each
MOST_US = 60
MOST_JUDGED_US = 30
JUDGED_TIMES = 10
FASTER = 10
# The one context that the reference has at hand; it would fetch any other.
BUNDLED = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

Result = dict[str, Any]


def checked(envelopes: Sequence[bytes]) -> Result:
    """Time the check of one event, as capture does it, beside the schema library on the same events."""
    payloads = [parse_envelope(raw).payload for raw in envelopes[:SAMPLE]]
    values = [strict_loads(payload) for payload in payloads]
    schemas = [validator(EventType(value["type"]), long_words=True) for value in values]

    def check() -> None:
        for payload in payloads:
            value = strict_loads(payload)
            read_event(value)
            content_sha256(value)

    def schema_alone() -> None:
        for schema, value in zip(schemas, values, strict=True):
            schema.is_valid(value)

    name = "check an event (schema, profile, canonical form) / jsonschema-rs"
    result = taking_turns(name, check, schema_alone, (len(values), len(values)), unit="events/s")
    found = result["platform"]["cpu_us"]["call"]
    return claimed(result, f"at most {MOST_US} us", found, holds=found <= MOST_US)


def hashed() -> Result:
    """Time the event hash beside the reference, on events of which both say the same.

    Canonical JSON is no such event: the reference writes the members of a party in the order in which they stand.
    """
    warnings.filterwarnings("ignore", message="open_text is deprecated", category=DeprecationWarning)
    events = list(events_of(0, SAMPLE))
    few = events[:REFERENCE_SAMPLE]
    if any(_reference(event) != pre_hash(event) for event in few):
        raise AssertionError("the reference says something else of these events: there is nothing to compare")
    result = taking_turns(
        "event hash / the reference's",
        lambda: [event_hash(event) for event in events],
        lambda: [_reference(event) for event in few],
        (len(events), len(few)),
        unit="events/s",
    )
    return at_least_times(result, FASTER)


def judged() -> Result:
    """Time the judgement of an event by its sector's profile, beside the schema library on the same event.

    The events are the examples of every sector of the package: each breaks no rule, as most events do.
    """
    cases = []
    for folder in sector_names().values():
        profile, examples = ready_profile(folder), read_files(folder).examples
        whole = [
            {"@context": [BUNDLED], "eventTimeZoneOffset": "+00:00", **each["event"]} for each in examples.values()
        ]
        cases += [(profile, event) for event in whole] * JUDGED_TIMES
    schemas = [validator(EventType(event["type"]), long_words=True) for _, event in cases]

    def judge_all() -> None:
        for profile, event in cases:
            judge(profile, event)

    def schema_alone() -> None:
        for schema, (_, event) in zip(schemas, cases, strict=True):
            schema.is_valid(event)

    name = "judge an event by its sector's profile / jsonschema-rs"
    result = taking_turns(name, judge_all, schema_alone, (len(cases), len(cases)), unit="events/s")
    found = result["platform"]["cpu_us"]["call"]
    return claimed(result, f"at most {MOST_JUDGED_US} us", found, holds=found <= MOST_JUDGED_US)


def _reference(event: dict[str, Any]) -> str:
    own = event["@context"]
    document = {
        "@context": [BUNDLED, *(entry for entry in own if isinstance(entry, dict))],
        "epcisBody": {"eventList": [{key: member for key, member in event.items() if key != "@context"}]},
    }
    (text,) = derive_prehashes_from_events(json_to_py.event_list_from_epcis_document_str(json.dumps(document)))
    return str(text)
