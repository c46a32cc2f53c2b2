"""A profile that was checked as a whole: form, names, rules, examples; and one that is ready for use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.judging import CompiledProfile, compile_profile
from filiere_schemas.sectors.profile import Profile, build_profile
from filiere_schemas.sectors.profile_checking import check_rules
from filiere_schemas.sectors.profile_examples import run_examples
from filiere_schemas.sectors.profile_files import ABOUT, ProfileFiles, mistake, read_files
from filiere_schemas.sectors.profile_structure import check_structure


class InvalidProfile(Refusal):
    """A profile that cannot judge anything as it stands; its author mends it, `filiere sector check` says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedProfile:
    """What a check of a whole folder has shown; `profile` is None where its files have another form."""

    profile: Profile | None
    problems: tuple[Problem, ...]
    exercised: Mapping[str, int] = field(default_factory=dict)
    cases: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with it but what is only to be thought about."""
        return all(problem.level == "warning" for problem in self.problems)


def check_profile(folder: Traversable) -> CheckedProfile:
    """Check everything: each step only where the one before found nothing that would make it guess."""
    files, problems = _read(folder)
    if problems:
        return CheckedProfile(profile=None, problems=tuple(problems))
    profile = build_profile(files.name, files.content)
    problems = [*check_structure(profile), *check_rules(profile)]
    if any(problem.level == "error" for problem in problems):
        return CheckedProfile(profile=profile, problems=tuple(problems))
    run = run_examples(profile, compile_profile(profile), files.examples)
    return CheckedProfile(
        profile=profile, problems=(*problems, *run.problems), exercised=run.exercised, cases=run.cases
    )


def load_profile(folder: Traversable) -> Profile:
    """Read a profile whose form holds; its examples are not run.

    Raises:
        InvalidProfile: with every file and key whose form does not.
    """
    files, problems = _read(folder)
    if problems:
        raise InvalidProfile(problems)
    return build_profile(files.name, files.content)


def ready_profile(folder: Traversable) -> CompiledProfile:
    """Read, check and compile a profile, to judge by; its examples are not run.

    Raises:
        InvalidProfile: with everything that is wrong with it.
    """
    profile = load_profile(folder)
    problems = [each for each in (*check_structure(profile), *check_rules(profile)) if each.level == "error"]
    if problems:
        raise InvalidProfile(problems)
    return compile_profile(profile)


def _read(folder: Traversable) -> tuple[ProfileFiles, list[Problem]]:
    files = read_files(folder)
    problems = list(files.problems)
    if ABOUT not in files.content and not any(problem.values["file"] == ABOUT for problem in problems):
        problems.append(mistake(sentences.UNREADABLE, ABOUT, found="-", expected="1"))
    return files, problems
