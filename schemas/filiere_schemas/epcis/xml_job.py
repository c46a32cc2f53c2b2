"""Write a capture job in XML. Source: EPCIS 2.0, XSD `EPCISCaptureJob` and `RFC7807ProblemResponseBodyType`.

What the schema has no element for, the place of a problem and its sentence in both languages, stands beside the rest
in a namespace of our own, where the schema expects more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.xml_names import EPCIS

_NAMESPACE: Final = next(namespace for namespace, version in EPCIS.items() if version == "2.0")
_STANDARD: Final = ("type", "title", "status", "detail")
_OWN: Final = ("code", "pointer", "line", "xpath", "fr", "en")
_UNSPEAKABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2 (Char)


def write_job(job: Mapping[str, Any]) -> bytes:
    """Write a job, given as its JSON: `captureID`, `running`, `success`, `captureErrorBehaviour`, times, `errors`."""
    root = etree.Element(f"{{{_NAMESPACE}}}EPCISCaptureJob", nsmap={"epcis": _NAMESPACE, "filiere": OUR_NAMESPACE})
    for name in ("running", "success"):
        root.set(name, "true" if job[name] else "false")
    root.set("captureID", job["captureID"])
    for name in ("captureErrorBehaviour", "createdAt", "finishedAt"):
        if name in job:
            etree.SubElement(root, name).text = job[name]
    if job["errors"]:
        listed = etree.SubElement(root, "errors")
        for error in job["errors"]:
            _error(etree.SubElement(listed, "error"), error)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _error(element: Any, error: Mapping[str, Any]) -> None:
    for name in _STANDARD:
        if name in error:
            etree.SubElement(element, name).text = _speakable(error[name])
    for name in _OWN:
        if name in error:
            etree.SubElement(element, f"{{{OUR_NAMESPACE}}}{name}").text = _speakable(error[name])


def _speakable(value: Any) -> str:
    """Write a text without what no XML document can hold: a problem quotes what was sent."""
    return _UNSPEAKABLE.sub("\ufffd", str(value))
