"""As whom, and as known when, a question is asked at the console: options that several commands share."""

from __future__ import annotations

from collections.abc import Callable

import click

from filiere_platform.domain.audience import OPERATOR, Viewer
from filiere_platform.domain.member import Member

AS_OF = click.option("--as-of", help="As known then: a time with its zone (2026-03-04T05:06:07Z) or a size of the log.")
AS_MEMBER = click.option(
    "--as", "member", metavar="MEMBER", help="As this member (its URI) sees it. Default: the operator."
)


def viewer_as(find: Callable[[str], Member | None], member: str | None) -> Viewer:
    """Give who looks: the operator, or a member by its URI.

    Raises:
        BadParameter: there is no such member.
    """
    if member is None:
        return OPERATOR
    found = find(member)
    if found is None:
        raise click.BadParameter(member, param_hint="--as")
    return Viewer(member_id=found.id)
