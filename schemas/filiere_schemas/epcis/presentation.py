"""An event in the form its reader asks for: identifiers as Digital Links or EPC URNs, words bare or in full.

Only the standard's own fields are translated; extensions and ilmd belong to who wrote them and stay as they are.
A translation never changes what is named: the canonical key of every identifier is the same before and after, and so is
the bare word of every word. What has no such form keeps the one it came in: private URNs, addresses that are no
Digital Link, Digital Links whose company prefix GS1 has given to nobody we know of (an EPC URN sets it apart), words
that the standard gives no URN. A Digital Link on its owner's domain is one already, and keeps domain and attributes.

Source: GS1 EPCIS 2.0, section 12.2 (GS1-EPC-Format, GS1-CBV-XML-Format) and its OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word, urn_form, web_form
from filiere_schemas.identifiers import epc_urn
from filiere_schemas.identifiers.canonical import as_digital_link, as_epc_urn
from filiere_schemas.identifiers.invalid import InvalidIdentifier

_Translation = Callable[[Any], Any]


class EpcFormat(StrEnum):
    """How identifiers are written, named as the header `GS1-EPC-Format` names them."""

    NO_PREFERENCE = "No_Preference"
    """Any form is welcome: the one they were recorded in."""
    DIGITAL_LINK = "Always_GS1_Digital_Link"
    EPC_URN = "Always_EPC_URN"
    NEVER_TRANSLATES = "Never_Translates"


class WordFormat(StrEnum):
    """How the standard's words are written, named as the header `GS1-CBV-XML-Format` names it."""

    NO_PREFERENCE = "No_Preference"
    """The bare word, as EPCIS JSON has it."""
    WEB_URI = "Always_Web_URI"
    URN = "Always_URN"
    NEVER_TRANSLATES = "Never_Translates"


def present(event: Mapping[str, Any], *, epcs: EpcFormat, words: WordFormat) -> dict[str, Any]:
    """Write an admitted event in the asked formats; the event is not changed, what needs no change is shared with it.

    Of a value that was not admitted as an event, whatever has another shape than the standard's stays as it is.
    """

    def epc(uri: Any) -> Any:
        return present_epc(uri, epcs) if isinstance(uri, str) else uri

    def word(vocabulary: Vocabulary) -> _Translation:
        return lambda text: present_word(vocabulary, text, words) if isinstance(text, str) else text

    return _translated(_event_fields(epc, word), event)


def present_epc(uri: str, form: EpcFormat) -> str:
    """Write an identifier in a form, or as it is where it has no such form."""
    is_urn = uri[: len(epc_urn.PREFIX)].lower() == epc_urn.PREFIX
    try:
        if form == EpcFormat.DIGITAL_LINK and is_urn:
            return as_digital_link(uri) or uri
        if form == EpcFormat.EPC_URN and uri[:4].lower() == "http":
            return as_epc_urn(uri) or uri
    except InvalidIdentifier:  # nothing captured has one, and a reader is not who could mend it
        return uri
    return uri


def present_word(vocabulary: Vocabulary, text: str, form: WordFormat) -> str:
    """Write a word of the standard in a form, or as it is where it has no such form or is a company's own."""
    if form == WordFormat.NEVER_TRANSLATES:
        return text
    word = text if text in WORDS[vocabulary].words else bare_word(vocabulary, text)
    if word is None or form == WordFormat.NO_PREFERENCE:
        return word or text
    return (web_form if form == WordFormat.WEB_URI else urn_form)(vocabulary, word) or text


def _event_fields(epc: _Translation, word: Callable[[Vocabulary], _Translation]) -> dict[str, _Translation]:
    """Give what is to be done with each field of an event that holds identifiers or words, at whatever depth."""
    disposition = word(Vocabulary.DISPOSITION)
    party_or_place = word(Vocabulary.SOURCE_DESTINATION_TYPE)
    quantities = _each(_members({"epcClass": epc}))
    place = _members({"id": epc})
    reports = {
        "type": word(Vocabulary.MEASUREMENT_TYPE),
        "exception": word(Vocabulary.SENSOR_ALERT_TYPE),
        "component": word(Vocabulary.COMPONENT),
        "deviceID": epc,
    }
    sensors = {"sensorMetadata": _members({"deviceID": epc}), "sensorReport": _each(_members(reports))}
    transactions = {"type": word(Vocabulary.BIZ_TRANSACTION_TYPE), "bizTransaction": epc}
    return {
        **dict.fromkeys(("parentID", "transformationID"), epc),
        **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _each(epc)),
        **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), quantities),
        **dict.fromkeys(("readPoint", "bizLocation"), place),
        "bizStep": word(Vocabulary.BIZ_STEP),
        "disposition": disposition,
        "persistentDisposition": _members({"set": _each(disposition), "unset": _each(disposition)}),
        "bizTransactionList": _each(_members(transactions)),
        "sourceList": _each(_members({"type": party_or_place, "source": epc})),
        "destinationList": _each(_members({"type": party_or_place, "destination": epc})),
        "sensorElementList": _each(_members(sensors)),
        "errorDeclaration": _members({"reason": word(Vocabulary.ERROR_REASON)}),
    }


def _translated(fields: Mapping[str, _Translation], value: Mapping[str, Any]) -> dict[str, Any]:
    """Translate the members of an object that `fields` names; the others stay, and so does their order."""
    return {name: fields[name](member) if name in fields else member for name, member in value.items()}


def _members(fields: Mapping[str, _Translation]) -> _Translation:
    return lambda value: _translated(fields, value) if isinstance(value, Mapping) else value


def _each(of: _Translation) -> _Translation:
    return lambda value: [of(element) for element in value] if isinstance(value, list) else value
