"""The fast JSON library, where it is installed: `orjson` is a compiled extension, which one file cannot carry.

Only the one-file verifier ever runs without it; then the slow paths of `strict_json` and `canonical`, which decide
every doubtful case anyway, decide all.
"""

from __future__ import annotations

from typing import Any

orjson: Any
EncodeError: type[Exception]
try:
    import orjson

    EncodeError = orjson.JSONEncodeError
except ImportError:
    orjson, EncodeError = None, TypeError

__all__ = ["EncodeError", "orjson"]
