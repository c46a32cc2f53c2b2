"""What a rule of the sector refuses is refused over the broker as over HTTP, and lies in its sender's dead letters."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.strict_sector import a_strict_sector, shipment

pytestmark = pytest.mark.rabbitmq


def test_a_rule_refuses_over_the_broker_with_its_place_and_its_neighbour_is_stored(open_house, tmp_path: Path) -> None:
    own = a_strict_sector(tmp_path / "sectors")
    house = open_house(**own, sector_rules="enforce")
    member, shop = house.admit("sawmill"), house.admit("shop")
    program = house.program(member)
    kept = shipment(destinationList=[{"type": "owning_party", "destination": shop.sender.uri}])
    size = house.instance.log_size()
    envelopes = [member.sender.sign(event) for event in (kept, shipment(eventTime="2026-06-15T00:00:00Z"))]
    reply = program.ask(b"\n".join(envelopes))
    assert reply.status == 207
    assert [record["status"] for record in reply.body["records"]] == ["stored", "refused"]
    ((properties, letter),) = program.letters(member.dead)
    assert properties.type == "filiere.capture.refused.v1"
    assert letter["record"].encode() == envelopes[1]
    (reason,) = letter["errors"]
    assert (reason["code"], reason["pointer"]) == ("sector-rule-refuses", "/destinationList")
    assert house.instance.log_size() == size + 2  # the record, and the signed refusal of its neighbour
    assert member.sender.send(*envelopes).json()["records"][1]["problem"]["errors"] == letter["errors"]
    program.close()
