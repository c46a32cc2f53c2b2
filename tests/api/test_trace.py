"""A trace shows what its asker is entitled to, and tells nobody that somebody else's lot exists."""

from __future__ import annotations

import pytest

from builders.events import ABSENT, an_object_event
from builders.instance import Instance
from filiere_platform.domain.audience import SharingMode

LOT = an_object_event()["quantityList"][0]["epcClass"]
NOBODYS = "urn:epc:class:lgtin:9521001.000017.NEVER-MADE"


def test_a_stranger_cannot_tell_a_hidden_lot_from_one_that_was_never_made(instance: Instance) -> None:
    owner = instance.admit("Laiterie", sharing=SharingMode.PRIVATE)
    stranger = instance.admit("Concurrent")
    assert owner.send_events(an_object_event()).status_code == 200
    assert owner.get("/api/v1/trace", object=LOT).status_code == 200
    for headers in (stranger.headers, {}):
        hidden, absent = (
            instance.client.get("/api/v1/trace", params={"object": uri}, headers=headers) for uri in (LOT, NOBODYS)
        )
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace(LOT, "") == absent.text.replace(NOBODYS, "")


@pytest.mark.parametrize(("sharing", "hidden"), [(SharingMode.SECTOR, 1), (SharingMode.PRIVATE, 0)])
def test_who_is_shown_one_event_of_a_lot_sees_that_there_are_others(
    instance: Instance, sharing: SharingMode, hidden: int
) -> None:
    """Shown by somebody else: an event of one's own, about a lot that may be guessed, tells nothing."""
    owner, haulier = instance.admit("Laiterie", sharing=sharing), instance.admit("Transporteur")
    owner.send_events(an_object_event())
    secretive = instance.admit("Affineur", sharing=SharingMode.PRIVATE)
    seen = an_object_event(action="OBSERVE", bizStep="transporting", ilmd=ABSENT)
    for sender in (haulier, secretive):
        assert sender.send_events(seen).status_code == 200
    (node,) = (n for n in haulier.get("/api/v1/trace", object=LOT).json()["nodes"] if n["depth"] == 0)
    assert node["hidden_events"] == hidden
