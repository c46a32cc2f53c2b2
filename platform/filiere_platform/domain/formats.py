"""The forms in which a reader wants identifiers and words, named as the headers of the binding name them.

Source: EPCIS 2.0, 12.2 and its OpenAPI document, which says the form of identifiers where none is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec

from filiere_schemas.epcis.presentation import EpcFormat, WordFormat, present

# A quantity keeps every digit that its sender wrote, whatever is translated beside it.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Formats(NamedTuple):
    """How an answer writes identifiers, and the standard's words."""

    epcs: EpcFormat = EpcFormat.DIGITAL_LINK
    words: WordFormat = WordFormat.NO_PREFERENCE

    def write(self, members: Mapping[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
        """Write the members of an event in these forms; each that needs no change stays byte for byte as it was."""
        if self == AS_RECORDED:
            return dict(members)
        event = {name: _decode(raw) for name, raw in members.items()}
        # This is JSON, whose schema takes a bare word or a web address; what writes XML of it makes the words URNs.
        words = WordFormat.NO_PREFERENCE if self.words is WordFormat.URN else self.words
        shown = present(event, epcs=self.epcs, words=words)
        return {
            name: raw if shown[name] == event[name] else msgspec.Raw(_encode(shown[name]))
            for name, raw in members.items()
        }


AS_RECORDED: Final = Formats(EpcFormat.NEVER_TRANSLATES, WordFormat.NEVER_TRANSLATES)
