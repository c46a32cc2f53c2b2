"""Every kind of record comes back after a loss: from members, from beside the tiles, from an exported lot."""

from __future__ import annotations

import json
from pathlib import Path

from builders.events import MILK_LOT, an_object_event
from builders.instance import Sender, open_instance, seeded_key
from builders.key_log import a_revocation, a_rotation
from conftest import Backend
from contracts.backup.conftest import Console, numbered
from contracts.log.conftest import wait_until_published

NEXT = seeded_key("the next key")


def test_each_kind_of_record_comes_back_from_who_has_it(backend: Backend, console: Console, tmp_path: Path) -> None:
    file, lot, spool = tmp_path / "backup.tar", tmp_path / "lot.zip", tmp_path / "spool"
    with open_instance(console.folder, database_url=console.database_url) as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        assert dairy.send_events(*numbered(2)).status_code == 200
        wait_until_published(instance)
        console.succeed("backup", "-o", str(file))
        # What the backup does not know: two events, the void of one that was never sent; a refusal; a rotation and a
        # record by the new key; a revocation; a plain event that the platform attests.
        sent = [dairy.sign(numbered(1, start=10)[0])]
        assert dairy.send(*sent).status_code == 200
        sent.append(dairy.void(dairy.sign(numbered(1, start=11)[0])))
        assert dairy.send(sent[-1]).status_code == 200
        assert dairy.send_events(an_object_event(action="PAINT")).status_code == 400
        rotation = a_rotation(dairy.key, NEXT, issuer=dairy.uri, origin=dairy.origin)
        told = instance.client.post("/api/v1/keys/rotation", json={"statement": rotation.decode()})
        assert told.status_code in {200, 201}, told.text
        renewed = Sender(uri=dairy.uri, token=dairy.token, key=NEXT, client=dairy.client, origin=dairy.origin)
        sent.append(renewed.sign(numbered(1, start=12)[0]))
        assert renewed.send(sent[-1]).status_code == 200
        ended = a_revocation(shop.key, signer=shop.key, issuer=shop.uri, origin=shop.origin)
        told = instance.client.post("/api/v1/keys/revocation", json={"statement": ended.decode()})
        assert told.status_code in {200, 201}, told.text
        assert shop.client.post("/epcis/events", json=an_object_event(), headers=shop.headers).status_code == 201
        size = wait_until_published(instance)
        console.succeed("bundle", MILK_LOT, "-o", str(lot))
        with instance.platform.database.unit_of_work() as unit:
            whole = list(unit.log.entries(0, size))
            keys = unit.directory().keys
    spool.mkdir()
    for number, envelope in enumerate(sent):
        (spool / f"{number}.jws").write_bytes(envelope)

    assert console.run("restore", str(file), "--replace").exit_code == 3
    begun = json.loads(console.run("recover", "--json").stdout)
    assert begun["kinds"] == {"event": 2, "receipt": 1}, begun  # all else lies beside the tiles
    given = console.run("recover", "--from", str(spool), "--json")
    assert given.exit_code == 3
    assert json.loads(given.stdout)["kinds"] == {"receipt": 1}
    console.succeed("recover", "--from", str(lot))

    with open_instance(console.folder, database_url=console.database_url, is_founded=True) as instance:
        with instance.platform.database.unit_of_work() as unit:
            assert list(unit.log.entries(0, size)) == whole
            lives = {kid: key.life for kid, key in unit.directory().keys.items()}
        assert lives == {kid: key.life for kid, key in keys.items()}
        dairy.client = shop.client = renewed.client = instance.client
        assert renewed.send_events(*numbered(1, start=20)).status_code == 200
        assert dairy.send_events(*numbered(1, start=21)).status_code == 401  # its key has ended, as before
        assert shop.send_events(*numbered(1, start=22)).status_code == 401
        wait_until_published(instance)
        assert instance.fsck().holds
