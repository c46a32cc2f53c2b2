"""Where the official examples and schemas are: outside the project, in folders that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def conformance_folder() -> Path:
    """The official example documents (`FILIERE_CONFORMANCE_DIR`)."""
    return _folder("FILIERE_CONFORMANCE_DIR")


def reference_folder() -> Path:
    """The official schemas and vocabularies (`FILIERE_REFERENCE_DIR`)."""
    return _folder("FILIERE_REFERENCE_DIR")


def official_documents() -> list[Path]:
    """The official JSON-LD documents, in one order."""
    return sorted((conformance_folder() / "gs1-epcis" / "json").rglob("*.jsonld"))


def _folder(variable: str) -> Path:
    name = os.environ.get(variable)
    if name is None:
        if os.environ.get("CI"):
            pytest.fail(f"{variable} must name the folder where CI is set: nothing may be skipped there")
        pytest.skip(f"{variable} is not set")
    return Path(name)
