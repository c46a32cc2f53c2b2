"""What was erased stays erased, whatever backup is restored."""

from __future__ import annotations

import json
from pathlib import Path

from builders.instance import Instance, open_instance
from conftest import Backend
from contracts.backup.conftest import Console, numbered
from contracts.log.conftest import wait_for, wait_until_published
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.erasure import ErasureOrder
from filiere_platform.usecases.chains import CURSOR
from filiere_platform.usecases.erasure import erase_record
from filiere_schemas.provenance.erasure import Erased


def chains_followed(instance: Instance) -> int:
    with instance.platform.database.unit_of_work() as unit:
        return unit.cursors.read(CURSOR)


def test_a_restored_database_does_not_show_an_erased_payload_again(
    backend: Backend, console: Console, elsewhere: Console, tmp_path: Path
) -> None:
    file = tmp_path / "before-the-erasure.tar"
    with open_instance(console.folder, database_url=console.database_url) as instance:
        dairy = instance.admit("dairy")
        index = dairy.send_events(*numbered(1)).json()["records"][0]["index"]
        wait_until_published(instance)
        console.succeed("backup", "-o", str(file), "--with-keys")
        order = ErasureOrder(
            what=Erased.PAYLOAD, disclosures=None, rule="request", basis="GDPR 17", author="urn:example:operator"
        )
        with instance.platform.database.unit_of_work() as unit:
            receipt_key = instance.platform.key(Duty.RECEIPT)
            now = instance.platform.clock()
            done = erase_record(
                unit,
                index=index,
                order=order,
                receipt_key=receipt_key,
                origin=instance.platform.instance.origin,
                now=now,
            )
        assert done.is_new
        size = wait_until_published(instance)
    restored = console.run("restore", str(file), "--replace")
    assert restored.exit_code == 3
    assert "erased     1 records" in restored.stdout
    with open_instance(console.folder, database_url=console.database_url, is_founded=True) as instance:
        with instance.platform.database.unit_of_work() as unit:
            (record,) = unit.log.records(index, index + 1)
        assert record.body is None
        read = instance.client.get(f"/api/v1/records/{index}", headers=dairy.headers).json()
        assert (read["jws"], read["erased"]) == (None, True)
    # The entry of the erasure itself comes back from beside the tiles: nothing of this log was lost.
    recovered = console.succeed("recover", "--json")
    assert json.loads(recovered.stdout)["standing"] == "open"
    with open_instance(console.folder, database_url=console.database_url, is_founded=True) as instance:
        wait_until_published(instance)
        wait_for(lambda: chains_followed(instance) == size + 1, "the chains are not followed")
    found = console.fsck("--deep")
    assert found["holds"], found["breaches"]
    assert (found["erased"], found["lost"]) == (1, {})
    assert found["records"] == size + 1  # with the entry that tells of the incident
