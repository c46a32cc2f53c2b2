"""Where the official examples and schemas are: outside the project, in folders that the environment names."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from lxml import etree


def conformance_folder() -> Path:
    """The official example documents (`FILIERE_CONFORMANCE_DIR`)."""
    return _folder("FILIERE_CONFORMANCE_DIR")


def reference_folder() -> Path:
    """The official schemas and vocabularies (`FILIERE_REFERENCE_DIR`)."""
    return _folder("FILIERE_REFERENCE_DIR")


def official_documents() -> list[Path]:
    """The official JSON-LD documents, in one order."""
    return sorted((conformance_folder() / "gs1-epcis" / "json").rglob("*.jsonld"))


def official_xml(version: str) -> list[Path]:
    """The official XML documents of a version ("2.0", "1.2"), in one order."""
    return sorted((conformance_folder() / "gs1-epcis" / f"xml-{version}").rglob("*.xml"))


@cache
def xml_schema(kind: str, version: str) -> etree.XMLSchema:
    """The official schema of an "EPCISDocument" or "EPCISQueryDocument" in XML of a version ("2.0", "1.2")."""
    folder = reference_folder() / "epcis-2.0" / ("xsd" if version == "2.0" else "xsd-1.2")
    name = "epcis-query" if kind == "EPCISQueryDocument" else "epcis"
    return etree.XMLSchema(etree.parse(folder / f"EPCglobal-{name}-{version.replace('.', '_')}.xsd"))


def _folder(variable: str) -> Path:
    name = os.environ.get(variable)
    if name is None:
        if os.environ.get("CI"):
            pytest.fail(f"{variable} must name the folder where CI is set: nothing may be skipped there")
        pytest.skip(f"{variable} is not set")
    return Path(name)
