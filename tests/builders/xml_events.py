"""EPCIS documents in XML, of our own writing: milk is collected and packed."""

from __future__ import annotations

NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:dairy="https://dairy.example/ns/" xmlns:cbvmda="urn:epcglobal:cbv:mda"'
)
WHEN = "<eventTime>2026-06-12T05:40:00+02:00</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>"


def an_xml_event(number: int = 1, *, action: str = "ADD", more: str = "") -> str:
    """Milk is collected, in XML 2.0; what follows the standard's fields is in `more`."""
    return f"""<ObjectEvent>
  {WHEN}
  <eventID>urn:uuid:00000000-0000-4000-9000-{number:012d}</eventID>
  <action>{action}</action>
  <bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
  <disposition>https://ref.gs1.org/cbv/Disp-active</disposition>
  <readPoint><id>urn:epc:id:sgln:9521001.00001.0</id></readPoint>
  <quantityList><quantityElement>
    <epcClass>urn:epc:class:lgtin:9521001.000001.MILK-{number}</epcClass><quantity>1200.50</quantity><uom>LTR</uom>
  </quantityElement></quantityList>
  <ilmd><cbvmda:lotNumber>MILK-{number}</cbvmda:lotNumber></ilmd>
  {more}
</ObjectEvent>"""


def an_old_event(number: int = 1, *, more: str = "") -> str:
    """Milk is collected, in XML 1.2; what follows the standard's fields is in `more`."""
    return f"""<ObjectEvent>
  {WHEN}
  <baseExtension><eventID>urn:uuid:00000000-0000-4000-9000-{number:012d}</eventID></baseExtension>
  <epcList/>
  <action>ADD</action>
  <bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
  <disposition>urn:epcglobal:cbv:disp:active</disposition>
  <readPoint><id>urn:epc:id:sgln:9521001.00001.0</id></readPoint>
  <extension>
    <quantityList><quantityElement>
      <epcClass>urn:epc:class:lgtin:9521001.000001.MILK-{number}</epcClass><quantity>1200.50</quantity><uom>LTR</uom>
    </quantityElement></quantityList>
    <ilmd><cbvmda:lotNumber>MILK-{number}</cbvmda:lotNumber></ilmd>
  </extension>
  {more}
</ObjectEvent>"""


def an_xml_document(*events: str, version: str = "2.0", header: str = "", encoding: str = "utf-8") -> bytes:
    """A document of events; `header` is what its EPCISHeader holds."""
    number = {"2.0": 2, "1.2": 1}[version]
    around = f"<EPCISHeader>{header}</EPCISHeader>" if header else ""
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{number}" {NAMESPACES}
    schemaVersion="{version}" creationDate="2026-06-12T06:00:00Z">
{around}<EPCISBody><EventList>
{"".join(events)}
</EventList></EPCISBody></epcis:EPCISDocument>
"""
    return text.encode(encoding)
