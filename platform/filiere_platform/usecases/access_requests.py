"""Ask for what is behind a sealed node, through the platform; its owner sees who asks for what purpose, and answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from filiere_platform.domain.access_request import AccessRequest, AccessState
from filiere_platform.domain.audience import GrantCause, Viewer
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.sealed_node import NoHandle, Sealing, read_handle
from filiere_platform.domain.sharing_sentences import ANSWERED_ALREADY
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.links import give_missing
from filiere_platform.usecases.reading import not_found
from filiere_schemas.problems import Problem, Refusal

MOST_LISTED = 1_000


def sealing_of(uow: UnitOfWork, viewer: Viewer, *, key: bytes | None, names_members: bool) -> Sealing:
    """Say how sealed nodes are shown to a viewer; who is named is said by each member, else by the sector."""
    members = uow.members.all()
    said = uow.access_requests.named([member.id for member in members])
    names = {member.id: member.uri for member in members if said.get(member.id, names_members)}
    return Sealing(viewer_id=viewer.member_id, key=key, names=names)


def ask_for_access(
    uow: UnitOfWork, asker: Member, viewer: Viewer, handle: str, purpose: str, *, key: bytes, request_id: str, now: int
) -> AccessRequest:
    """Ask for a record by its handle, as the viewer to whom it was given; asked again, it is the request that is there.

    Raises:
        Refusal: code `not-found`: no handle of this member's, or nothing hidden from it there any more.
    """
    try:
        place = read_handle(handle, key)
    except NoHandle:
        raise not_found(handle) from None
    hidden = uow.events.visible_to(viewer).hidden_at([place.node_id]) if place.viewer_id == asker.id else {}
    owner = next((e.member_id for e in hidden.get(place.node_id, ()) if e.log_index == place.log_index), None)
    earlier = uow.access_requests.of_asker(asker.id, place.log_index) if place.viewer_id == asker.id else None
    if earlier is not None:
        return earlier
    if owner is None:
        raise not_found(handle)
    request = AccessRequest(
        id=request_id,
        asker_id=asker.id,
        owner_id=owner,
        log_index=place.log_index,
        node_id=place.node_id,
        purpose=purpose,
        asked_at=now,
    )
    uow.access_requests.add(request)
    return request


def answer_access(
    uow: UnitOfWork, owner: Member, request_id: str, state: AccessState, *, author: Author, signer: ActSigner, now: int
) -> AccessRequest:
    """Grant or decline a request for one's own record; the grant is one like others, numbered and delivered.

    Raises:
        Refusal: code `not-found`, also for a request to somebody else; `answered-already`, with another answer.
    """
    request = uow.access_requests.by_id(request_id)
    if request is None or request.owner_id != owner.id:
        raise not_found(request_id)
    if request.state is not AccessState.OPEN:
        if request.state is state:
            return request
        raise Refusal([Problem(sentence=ANSWERED_ALREADY, values={"state": request.state.value})])
    act = Act(act=f"access.{state.value}", author=author, member_id=owner.id, object=request.id)
    record_act(uow, act, signer=signer, now=now)
    uow.access_requests.answer(request_id, state, now)
    if state is AccessState.GRANTED:
        give_missing(uow, {(request.log_index, request.asker_id): GrantCause.ACCESS_GIVEN})
    return uow.access_requests.by_id(request_id) or request


def lay_out_requests(
    uow: UnitOfWork, requests: Collection[AccessRequest], *, viewer: Member, directory: Directory
) -> list[dict[str, Any]]:
    """Write requests as answers give them: the owner reads who asks and for which record, the asker his own words."""
    nodes = uow.nodes.read({request.node_id for request in requests})
    found = []
    for request in requests:
        is_owner = request.owner_id == viewer.id
        sees_record = is_owner or request.state is AccessState.GRANTED
        found.append(
            {
                "id": request.id,
                "object": nodes[request.node_id].key,
                "purpose": request.purpose,
                "state": request.state.value,
                "asked": iso_instant(request.asked_at),
                "answered": None if request.answered_at is None else iso_instant(request.answered_at),
                "asker": directory.members[request.asker_id].uri if is_owner else viewer.uri,
                "record": request.log_index if sees_record else None,
            }
        )
    return found
