"""What the benchmarks send: seeded events, signed before anything is timed, and kept under `.work` for the next run.

The members' keys, the events and the chains are the same in every run. The stream is that of a busy site: a lot is
made, shipped, packed and transformed, at about 1.1 kB and four ends an event, and every event names one new lot.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from builders.events import CONTEXT
from builders.instance import ORIGIN, seeded_key
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.envelope import FIRST_PREV, digest_of, sign_event

SEED: Final = 20_260_322
MEMBERS: Final = tuple(f"site {n}" for n in range(8))
START: Final = datetime(2026, 3, 4, 6, tzinfo=UTC)
CACHE: Final = Path(__file__).resolve().parent.parent / ".work" / "benchmarks"
SITES: Final = 40  # places and parties that events speak of again and again
ISSUED: Final = datetime(2026, 3, 5, tzinfo=UTC)

Json = dict[str, Any]


def party_uri(name: str) -> str:
    """The URI under which a member of this name is admitted."""
    return f"urn:filiere:party:duns:{int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 10**9:09d}"


def signed_events(per_member: int) -> dict[str, list[bytes]]:
    """Sign so many events for each member, or take them from an earlier run; the same bytes in every run."""
    recipe = hashlib.sha256(Path(__file__).read_bytes() + repr((SEED, per_member)).encode()).hexdigest()[:16]
    kept = CACHE / f"envelopes-{recipe}"
    kept.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[bytes]] = {}
    for number, name in enumerate(MEMBERS):
        file = kept / f"{number}.jws"
        if not file.exists():
            written = file.with_suffix(".part")
            written.write_bytes(b"\n".join(sign_chain(name, events_of(number, per_member))))
            written.rename(file)
        found[name] = file.read_bytes().split(b"\n")
    return found


def sign_chain(name: str, events: Iterator[Json] | Sequence[Json], *, first: int = 1) -> list[bytes]:
    """Sign events of one member in a chain; `first` is the number of the first one."""
    key, uri, prev = seeded_key(name), party_uri(name), FIRST_PREV
    signed = []
    for seq, event in enumerate(events, start=first):
        envelope = sign_event(
            canonicalize(event),  # as our connectors sign
            key=key,
            issuer=uri,
            seq=seq,
            prev=prev,
            issued_at=ISSUED,
            audience=ORIGIN,
        )
        prev = digest_of(envelope)
        signed.append(envelope)
    return signed


def events_of(member: int, count: int) -> Iterator[Json]:
    """One member's stream of events, the same in every run."""
    draw = random.Random(f"{SEED}/{member}")
    lots = [_lot(member, n) for n in range(3)]
    for number in range(count):
        lot = _lot(member, number + len(lots))
        yield {
            "@context": CONTEXT,
            "eventID": f"urn:uuid:{member:08d}-0000-4000-8000-{number:012d}",
            "eventTime": (START + timedelta(seconds=number)).isoformat(timespec="milliseconds"),
            "eventTimeZoneOffset": "+01:00",
            **_STEPS[number % len(_STEPS)](draw, lot, lots, number),
            "readPoint": {"id": f"urn:epc:id:sgln:9521001.{draw.randrange(SITES):05d}.0"},
            "dairy:orderLine": f"{draw.randrange(10**8):08d}/{draw.randrange(100)}",
            "dairy:operator": f"shift {draw.randrange(3)} line {draw.randrange(20)}",
            "dairy:remarks": "Contrôle visuel conforme ; température relevée à la sortie du poste.",
            "dairy:cleaning": {
                "dairy:program": f"CIP-{draw.randrange(9)}",
                "dairy:at": "2026-03-04T04:10:00Z",
                "dairy:by": "Équipe de nuit",
            },
            "dairy:readings": [
                {"dairy:probe": f"T{n}", "dairy:celsius": draw.randrange(30, 60) / 10} for n in range(5)
            ],
        }
        lots = [*lots[1:], lot]


def _lot(member: int, number: int) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{member}-{number:06d}"


def _quantity(lot: str, draw: random.Random) -> Json:
    return {"epcClass": lot, "quantity": draw.randrange(10, 5_000) / 10, "uom": "KGM"}


def _made(draw: random.Random, lot: str, _lots: Sequence[str], _number: int) -> Json:
    return {
        "type": "ObjectEvent",
        "action": "ADD",
        "bizStep": "commissioning",
        "disposition": "active",
        "quantityList": [_quantity(lot, draw)],
        "bizLocation": {"id": f"urn:epc:id:sgln:9521001.{draw.randrange(SITES):05d}.0"},
    }


def _transformed(draw: random.Random, lot: str, lots: Sequence[str], _number: int) -> Json:
    return {
        "type": "TransformationEvent",
        "bizStep": "commissioning",
        "disposition": "in_progress",
        "inputQuantityList": [_quantity(one, draw) for one in lots[:2]],
        "outputQuantityList": [_quantity(lot, draw)],
    }


def _shipped(draw: random.Random, lot: str, _lots: Sequence[str], number: int) -> Json:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "quantityList": [_quantity(lot, draw)],
        "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:9521002000010:PO-{number}"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9521001.00001"}],
        "destinationList": [
            {"type": "owning_party", "destination": f"urn:epc:id:pgln:9521002.{draw.randrange(SITES):05d}"}
        ],
    }


def _packed(draw: random.Random, lot: str, lots: Sequence[str], number: int) -> Json:
    return {
        "type": "AggregationEvent",
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "in_progress",
        "parentID": f"urn:epc:id:sscc:9521001.{number % 10**9:010d}",
        "childQuantityList": [_quantity(lot, draw), _quantity(lots[-1], draw)],
    }


_STEPS = (_made, _transformed, _shipped, _packed)


def layered_chain(name: str, *, tiers: int, width: int, inputs: int) -> tuple[list[Json], str]:
    """Tell a chain of `tiers` transformations deep, each lot made of `inputs` lots of the tier before.

    Returns:
        The events, and the object at the end whose origin reaches back through every tier.
    """
    draw = random.Random(f"{SEED}/{name}")

    def lot(tier: int, place: int) -> str:
        return f"urn:epc:class:lgtin:9521001.000024.{name}-{tier}-{place}"

    events = []
    for tier in range(1, tiers):
        for place in range(width if tier < tiers - 1 else 1):
            taken = draw.sample(range(width), min(inputs, width))
            events.append(
                {
                    "@context": CONTEXT,
                    "eventID": f"urn:uuid:{int.from_bytes(name.encode()[:4]):08x}-{tier:04d}-4000-8000-{place:012d}",
                    "eventTime": (START + timedelta(hours=tier)).isoformat(timespec="milliseconds"),
                    "eventTimeZoneOffset": "+01:00",
                    "type": "TransformationEvent",
                    "bizStep": "commissioning",
                    "inputQuantityList": [{"epcClass": lot(tier - 1, n), "quantity": 10, "uom": "KGM"} for n in taken],
                    "outputQuantityList": [{"epcClass": lot(tier, place), "quantity": 9, "uom": "KGM"}],
                }
            )
    return events, lot(tiers - 1, 0)
