"""Write the profile of a new sector: complete, commented, with an example chain, for its author to change."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.profile_files import is_sector_name

_TEMPLATE: Final = "sector_template"
_PLACEHOLDER: Final = "new-sector"


class NotWritten(Refusal):
    """A name that cannot be that of a new sector; the caller chooses another."""


def write_new_profile(name: str, folder: Path) -> Path:
    """Write the folder of a new sector, and give its path.

    Raises:
        NotWritten: the name is none, or is taken there.
    """
    if not is_sector_name(name):
        raise NotWritten([Problem(sentence=sentences.BAD_NAME, values={"found": name})])
    target = folder / name
    try:
        target.mkdir(parents=True)
    except FileExistsError as error:
        raise NotWritten([Problem(sentence=sentences.FOLDER_TAKEN, values={"found": str(target)})]) from error
    _copy(files("filiere_schemas").joinpath(_TEMPLATE), target, name)
    return target


def _copy(source: Traversable, target: Path, name: str) -> None:
    for file in source.iterdir():
        if file.is_dir():
            target.joinpath(file.name).mkdir()
            _copy(file, target / file.name, name)
        else:
            text = file.read_text(encoding="utf-8").replace(_PLACEHOLDER, name)
            target.joinpath(file.name).write_text(text, encoding="utf-8")
