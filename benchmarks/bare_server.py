"""A server that reads a request and answers it, and does nothing else: what HTTP itself costs. Run with `--port N`."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

ANSWER = b"x" * 700  # as long as the receipt of one record


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer any request, once its body is whole."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(ANSWER))]})
    await send({"type": "http.response.body", "body": ANSWER})


if __name__ == "__main__":
    uvicorn.run(
        answer, host="127.0.0.1", port=int(sys.argv[-1]), log_level="critical", access_log=False, lifespan="off"
    )
