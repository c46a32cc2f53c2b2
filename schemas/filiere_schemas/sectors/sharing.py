"""What a sector says of sharing: the mode of an event that states none, which fields anybody may see, who is named.

As data: `<sector>/sharing.toml`. `default` is a mode of docs/visibility.md. `names_members` says whether the member
behind a sealed node is named where that member says nothing of it. `public_fields` are JSON pointers of what anybody
sees of an event shared `public-fields` (`public_fields.py`); a sector that lists none shows none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.sectors.public_fields import NO_FIELDS, InvalidPublicFields, PublicFields, read_public_fields

_FILE: Final = "sharing.toml"
_SECTOR: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
MODES: Final = ("private", "partners", "linked", "chain", "public-fields", "sector", "public")


class InvalidSharing(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """A sector's sharing rules that do not hold together; their author mends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorSharing:
    """A sector's rules of sharing."""

    default: str = "partners"
    names_members: bool = False
    public_fields: PublicFields = NO_FIELDS


def parse_sharing(text: str) -> SectorSharing:
    """Read the text of a `sharing.toml`.

    Raises:
        InvalidSharing: it is no TOML, has other keys, or a value of another form.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSharing(str(error)) from error
    rules = content.get("sharing")
    if set(content) != {"sharing"} or not isinstance(rules, Mapping):
        raise InvalidSharing(f"expected [sharing] alone, found {', '.join(sorted(content)) or 'nothing'}")
    return _rules(rules)


def _rules(rules: Mapping[str, Any]) -> SectorSharing:
    known = SectorSharing()
    if set(rules) - set(SectorSharing.__dataclass_fields__):
        raise InvalidSharing(f"expected default, names_members, public_fields, found {', '.join(sorted(rules))}")
    default, names = rules.get("default", known.default), rules.get("names_members", known.names_members)
    if default not in MODES or not isinstance(names, bool):
        raise InvalidSharing(f"expected one of {', '.join(MODES)} and true or false, found {default!r}, {names!r}")
    try:
        fields = read_public_fields(rules.get("public_fields", []))
    except InvalidPublicFields as error:
        raise InvalidSharing(str(error)) from error
    return SectorSharing(default=default, names_members=names, public_fields=fields)
