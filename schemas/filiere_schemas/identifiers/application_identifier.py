"""GS1 application identifiers: the form of what follows each of them in an element string.

Only forms stand here. What a value means is told by `element_string` (dates, measures) and by the schemes (keys).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filiere_schemas.identifiers.characters import CSET_39, CSET_82

# Every application identifier by the form of its value, as GS1 writes forms: N digits, X characters of set 82, Y of
# set 39, Z of the file-safe set; a count, or ".." and the longest; optional parts in brackets. A range counts its
# last digit up. Source: GS1 General Specifications 25.0, section 3, figure 3.2-1.
_FORMS: Mapping[str, str] = {
    "N1": "4321-4323 7252",
    "N2": "20 7241",
    "N3": "422 424 426",
    "N3[N3][N3][N3][N3]": "423 425",
    "N4": "3940-3943 8111",
    "N6": "11 12 13 15 16 17 3950-3955 4326 7006 8005",
    "N6[-]": "4330-4333",
    "N6[N4]": "7011",
    "N6[N6]": "7007",
    "N8": "7250",
    "N8[N2][N2]": "8008",
    "N10": "4324 4325 7003",
    "N12": "7251",
    "N13": "410-417 7001",
    "N13[N..12]": "255",
    "N13[X..17]": "253",
    "N14": "01 02 03 8001",
    "N14[X..16]": "8003",
    "N15": "8040 8041",
    "N17": "402",
    "N18": "00 8006 8017 8018 8026",
    "N18[N..2]": "8043",
    "N20": "4309",
    "N32": "8042",
    "N..4": "7004",
    "N..6": "242",
    "N..8": "30 37",
    "N..10": "8019",
    "N..12": "8011",
    "N..15": "3900-3909 3920-3929",
    "N3N..15": "3910-3919 3930-3939",
    "N1/N1": "7258",
    "N1X3": "7040",
    "N3X..9": "421",
    "N3X..27": "7030-7039",
    "X2": "4307 4317",
    "X2X..28": "7230-7239",
    "X..2": "7010",
    "X..3": "427 7008",
    "X..4": "7041",
    "X..10": "7009 7255",
    "X..12": "7005",
    "X..20": "10 21 22 243 254 420 4318 7020-7022 710-717 7240 8002 8012",
    "X..25": "7242 8013 8014 8020",
    "X..28": "235",
    "X..30": "240 241 250 251 400 401 403 4308 4319 7002 7023 8004 90",
    "X..34": "8007",
    "X..35": "4300 4301 4310 4311 4320",
    "X..40": "7253 7254 7259",
    "X..50": "8009",
    "X..70": "4302-4306 4312-4316 7257 8110 8112 8200",
    "X..90": "7256 91-99",
    "Y..30": "8010",
    "Z..90": "8030",
}
# Measures: four digits, of which the last counts decimals. Source: the same, section 3.6.
_MEASURES = (
    "310 311 312 313 314 315 316 320 321 322 323 324 325 326 327 328 329 330 331 332 333 334 335 336 337 340 341 \
342 343 344 345 346 347 348 349 350 351 352 353 354 355 356 357 360 361 362 363 364 365 366 367 368 369"
)

# First two digits of the identifiers whose length is known in advance, so that no separator follows them, and the
# length of the whole. Source: the same, figure 7.8.5-2.
PREDEFINED_LENGTHS: Mapping[str, int] = {
    "00": 20,
    **dict.fromkeys(("01", "02", "03"), 16),
    "04": 18,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 8),
    "20": 4,
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 10),
    "41": 16,
}

_CHARACTERS = {"N": "[0-9]", "X": CSET_82, "Y": CSET_39, "Z": "[0-9A-Za-z_\\-]"}
_TOKEN = re.compile(r"([NXYZ])(\.\.)?([0-9]+)|([\[\]])|([/\-])")


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """One application identifier: its digits, the form of its value as GS1 writes it, and as a pattern."""

    ai: str
    form: str
    pattern: re.Pattern[str]

    @property
    def needs_separator(self) -> bool:
        """Whether a separator ends the value, unless it ends the whole string."""
        return self.ai[:2] not in PREDEFINED_LENGTHS


def find(digits: str) -> ApplicationIdentifier | None:
    """Give the application identifier that begins `digits`, or None. No identifier begins another."""
    for length in (2, 3, 4):
        found = ALL.get(digits[:length])
        if found is not None:
            return found
    return None


def _pattern(form: str) -> re.Pattern[str]:
    def piece(token: re.Match[str]) -> str:
        kind, up_to, count, bracket, literal = token.groups()
        if bracket:
            return "(?:" if bracket == "[" else ")?"
        return literal or f"{_CHARACTERS[kind]}{{{'1,' if up_to else ''}{count}}}"

    return re.compile(_TOKEN.sub(piece, form))


def _each(ranges: str) -> Iterator[str]:
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from (str(n).zfill(len(first)) for n in range(int(first), int(last or first) + 1))


def _all() -> Iterator[ApplicationIdentifier]:
    for form, ranges in _FORMS.items():
        pattern = _pattern(form)
        yield from (ApplicationIdentifier(ai, form, pattern) for ai in _each(ranges))
    six = _pattern("N6")
    yield from (ApplicationIdentifier(f"{family}{n}", "N6", six) for family in _MEASURES.split() for n in range(6))


ALL: Mapping[str, ApplicationIdentifier] = {found.ai: found for found in _all()}
