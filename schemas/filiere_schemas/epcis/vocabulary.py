"""The words of the Core Business Vocabulary, and the longer forms in which senders write them.

EPCIS JSON wants the bare word (`shipping`). XML and many senders write `urn:epcglobal:cbv:bizstep:shipping`, the
web address `https://ref.gs1.org/cbv/BizStep-shipping` or the prefixed name `cbv:BizStep-shipping`: all mean the
same, and `bare_word` finds it.

Source: GS1 CBV 2.0, sections 7 and 8; GS1 Web Vocabulary for sensors' measurement and alert types.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Vocabulary(StrEnum):
    """A closed list of words, named as its field is named in JSON."""

    BIZ_STEP = "bizStep"
    DISPOSITION = "disposition"
    BIZ_TRANSACTION_TYPE = "bizTransactionType"
    SOURCE_DESTINATION_TYPE = "sourceDestinationType"
    ERROR_REASON = "errorReason"
    MEASUREMENT_TYPE = "measurementType"
    SENSOR_ALERT_TYPE = "sensorAlertType"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """The words of one vocabulary and how else they are written."""

    words: tuple[str, ...]
    longer: tuple[str, ...]
    """What may stand before a word in a longer form."""
    reserved: tuple[str, ...]
    """Addresses of the standards' owner: what stands under them is a word of some edition, or a mistake."""
    closed: str
    """A regular expression of the addresses where, as the official schema has it, no word stands in full."""
    closed_to_strict: str
    """The same for strict reading, wider where the official schema names an address that has since moved."""


def _cbv(web: str, urn: str | None, words: str) -> WordList:
    current = ("https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/", "cbv:")
    older = ("https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/")
    longer = tuple(f"{space}{web}-" for space in (*current, *older))
    return WordList(
        words=tuple(words.split()),
        longer=longer if urn is None else (f"{urn}:", *longer),
        reserved=current,
        closed=r"^(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)",
        # The official schema forbids ns.gs1.org, the official context writes ref.gs1.org.
        closed_to_strict=r"^(urn:epcglobal:cbv|https?://(ns|ref)\.gs1\.org/cbv/)",
    )


def _gs1(words: str) -> WordList:
    spaces = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://www.gs1.org/voc/")
    web_vocabulary = r"^https?://(www\.)?gs1\.org/voc/"
    return WordList(
        words=tuple(words.split()),
        longer=(*spaces, "gs1:"),
        reserved=("gs1:",),
        closed=web_vocabulary,
        closed_to_strict=web_vocabulary,
    )


WORDS: Final[dict[Vocabulary, WordList]] = {
    Vocabulary.BIZ_STEP: _cbv(
        "BizStep",
        "urn:epcglobal:cbv:bizstep",
        """accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
        decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
        installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
        retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
        unloading unpacking void_shipping""",
    ),
    Vocabulary.DISPOSITION: _cbv(
        "Disp",
        "urn:epcglobal:cbv:disp",
        """active available completeness_inferred completeness_verified conformant container_closed container_open
        damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class
        mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other
        partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen
        unavailable unknown""",
    ),
    Vocabulary.BIZ_TRANSACTION_TYPE: _cbv(
        "BTT",
        "urn:epcglobal:cbv:btt",
        "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt",
    ),
    Vocabulary.SOURCE_DESTINATION_TYPE: _cbv("SDT", "urn:epcglobal:cbv:sdt", "location owning_party possessing_party"),
    Vocabulary.ERROR_REASON: _cbv("ER", "urn:epcglobal:cbv:er", "did_not_occur incorrect_data"),
    Vocabulary.COMPONENT: _cbv(
        "Comp",
        None,
        """altitude axial_distance azimuth easting elevation_angle height latitude longitude northing polar_angle
        spherical_radius x y z""",
    ),
    Vocabulary.SENSOR_ALERT_TYPE: _gs1("ALARM_CONDITION ERROR_CONDITION"),
    Vocabulary.MEASUREMENT_TYPE: _gs1(
        """AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
        AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
        Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
        ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
        Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
        LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
        MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
        RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
        SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction
        VolumetricFlux Wavenumber""",
    ),
}

_BARE: Final[dict[Vocabulary, dict[str, str]]] = {
    vocabulary: {prefix + word: word for prefix in known.longer for word in known.words}
    for vocabulary, known in WORDS.items()
}


def long_forms(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every longer form of every word of a vocabulary."""
    return tuple(_BARE[vocabulary])


def bare_word(vocabulary: Vocabulary, text: str) -> str | None:
    """Give the bare word that a longer form means; None if it is not a longer form of this vocabulary."""
    return _BARE[vocabulary].get(text)


def is_reserved(vocabulary: Vocabulary, text: str) -> bool:
    """Tell whether a full form stands where only the standards' owner coins words."""
    return text.startswith(WORDS[vocabulary].reserved)


def urn_form(vocabulary: Vocabulary, word: str) -> str | None:
    """Give the URN of a bare word, None where the standard defines none. Source: GS1 CBV 2.0, 7."""
    known = WORDS[vocabulary]
    return known.longer[0] + word if word in known.words and known.longer[0].startswith("urn:") else None


def web_form(vocabulary: Vocabulary, word: str) -> str | None:
    """Give the web address of a bare word, None if the vocabulary does not have it. Source: GS1 CBV 2.0, 6.6."""
    known = WORDS[vocabulary]
    return next(p for p in known.longer if p.startswith("https:")) + word if word in known.words else None
