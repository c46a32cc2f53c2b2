"""Documents sent to `/epcis/capture`, and their jobs waited for."""

from __future__ import annotations

import time
from typing import Any

import httpx

from builders.instance import Sender

PATIENCE_SECONDS = 20.0


def captured(sender: Sender, body: bytes, *, kind: str, behaviour: str) -> dict[str, Any]:
    """Send a document as a plain EPCIS client does; gives its job once that has ended."""
    headers = {**sender.headers, "Content-Type": kind, "GS1-Capture-Error-Behaviour": behaviour}
    response = sender.client.post("/epcis/capture", content=body, headers=headers)
    assert response.status_code == 202, response.text
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (job := sender.get(httpx.URL(response.headers["location"]).path).json())["running"]:
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.01)
    return job
