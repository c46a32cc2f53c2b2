"""A full queue answers 503 with the time to wait, keeps nothing, and takes the same bytes once there is room."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from builders.events import an_object_event
from builders.instance import open_instance
from filiere_platform.usecases.capture import Capture


def test_a_full_queue_says_when_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = threading.Event(), threading.Event()
    whole = Capture.capture_group

    def held(*arguments: object) -> object:
        reached.set()
        assert go_on.wait(20)
        return whole(*arguments)  # type: ignore[arg-type]  # passed on as they came

    with open_instance(tmp_path, max_queued=4) as instance, ThreadPoolExecutor(1) as pool:
        first, second = instance.admit("First"), instance.admit("Second")
        taken = [first.sign(an_object_event(eventID=f"urn:uuid:{n}")) for n in range(4)]
        late = second.sign(an_object_event(eventID="urn:uuid:late"))
        monkeypatch.setattr(Capture, "capture_group", held)
        waiting = pool.submit(first.send, *taken)
        assert reached.wait(20)
        size = instance.log_size()
        refused = second.send(late)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert refused.headers["retry-after"] == "1"
        assert "1 s" in refused.json()["message"]
        assert instance.log_size() == size
        go_on.set()
        assert waiting.result(20).status_code == 200
        assert second.send(late).status_code == 200
