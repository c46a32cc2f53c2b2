"""The folder of a manufacturer's connector: who it is, where it sends, where its secrets and its spool lie.

filiere.toml     member, instance, references to the secrets; no secret itself
flows/*.toml     one flow each
workbooks/       workbooks that were made from a template, and need no flow
secrets/         key.pem, token; readable by their owner alone
.filiere/        spool.db, receipts/, reports/
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.broker_address import ADDRESS, BrokerAddress
from filiere_connectors.flow import Flow, read_flow
from filiere_connectors.flow_section import InvalidFlow, Section, load_toml
from filiere_connectors.templates.workbook_file import Source, WorkbookFile, is_workbook, workbooks_in
from filiere_connectors.token_uri import SCHEME, TokenUri
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal, Sentence

FILE = "filiere.toml"
WORKBOOKS = "workbooks"
_PRIVATE = 0o600


class WorkspaceProblem(Refusal):
    """A workspace that lacks something; the sentence says which command makes it."""


def lacking(sentence: Sentence, **values: object) -> WorkspaceProblem:
    """Build the refusal of a workspace."""
    return WorkspaceProblem([Problem(sentence=sentence, values=values)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What an enrolled connector knows of its instance; written once, by `enroll`."""

    origin: str
    log_key: str  # C2SP verifier key
    receipt_key: Mapping[str, Any]  # JWK
    registrar_key: Mapping[str, Any]  # JWK

    @classmethod
    def read(cls, path: Path) -> Trust:
        """Read the file that `enroll` wrote.

        Raises:
            WorkspaceProblem: it is absent or damaged.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                origin=found["logOrigin"],
                log_key=found["logVerifierKey"],
                receipt_key=found["receiptKey"],
                registrar_key=found["registrarKey"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise lacking(sentences.NOT_ENROLLED, file=path.name) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """An opened workspace; reading it opens neither the spool nor a connection."""

    folder: Path
    member: str
    url: str
    token: str  # a reference: file:..., env:...
    key: str  # a reference to a file, or the address of a key on a token: file:..., pkcs11:...
    passphrase: str = ""  # a reference to what opens the key: env:..., file:..., prompt; empty: it is not encrypted
    pkcs11_module: str = ""  # the path of the module where an address of a key names none
    pkcs11_pin: str = ""  # a reference to the token's PIN: env:..., file:..., prompt
    broker: str = ""  # the address of the instance's broker, without a password; empty: everything goes over HTTPS
    broker_password: str = ""  # a reference: file:..., env:...
    sector_dir: Path | None = None  # where profiles of the sector body's own are; None: those of the release alone

    @property
    def state(self) -> Path:
        """Where the connector keeps what it must not lose."""
        return self.folder / ".filiere"

    @property
    def spool_path(self) -> Path:
        """The spool's file."""
        return self.state / "spool.db"

    @property
    def inbox_path(self) -> Path:
        """What was received, of `filiere-connect receive`."""
        return self.state / "inbox.db"

    @property
    def trust_path(self) -> Path:
        """What the connector trusts of its instance."""
        return self.state / "trust.json"

    @property
    def profile_path(self) -> Path:
        """What the instance last said of its sector."""
        return self.state / "profile.json"

    @property
    def rotation_path(self) -> Path:
        """The replacement of the key that is under way."""
        return self.state / "rotation.json"

    @property
    def enrolment_path(self) -> Path:
        """The enrolment that waits for the registrar; its owner's alone, since it holds the one-time token."""
        return self.state / "enrolment.json"

    def key_path(self, reference: str | None = None) -> Path:
        """The file of the signing key, or of another reference `file:...`."""
        return (self.folder / (reference or self.key).removeprefix("file:")).resolve()

    def trust(self) -> Trust:
        """What was learned of the instance at enrolment.

        Raises:
            WorkspaceProblem: the connector is not enrolled.
        """
        return Trust.read(self.trust_path)

    def read_token(self) -> str:
        """Resolve the reference to the bearer token.

        Raises:
            WorkspaceProblem: what it refers to is absent or empty.
        """
        return self._secret(self.token)

    def broker_address(self) -> BrokerAddress | None:
        """Where the broker is, with the password; None where everything goes over HTTPS.

        Raises:
            WorkspaceProblem: the reference to the password leads nowhere.
        """
        address = BrokerAddress.parse(self.broker) if self.broker else None
        return None if address is None else replace(address, password=self._secret(self.broker_password))

    def _secret(self, reference: str) -> str:
        kind, _, name = reference.partition(":")
        if kind == "env":
            found = os.environ.get(name, "")
        else:
            path = self.folder / name
            found = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if not found:
            raise lacking(sentences.SECRET_ABSENT, reference=reference)
        return found

    def sources(self, names: tuple[str, ...] = ()) -> list[Source]:
        """Give what a run reads: the flows and the workbooks of the workspace, or those that are named.

        A workbook is named by its path, or by its name in `workbooks/`.

        Raises:
            InvalidFlow: as `flows`.
            WorkspaceProblem: there is no flow or workbook of that name, or none at all.
        """
        lying = workbooks_in(self.folder / WORKBOOKS)
        paths = lying if not names else [self._workbook(name) for name in names if is_workbook(name)]
        books = [WorkbookFile(path=path, sector_dir=self.sector_dir) for path in paths]
        wanted = tuple(name for name in names if not is_workbook(name))
        has_flows = any((self.folder / "flows").glob("*.toml"))
        return [*(self.flows(wanted) if wanted or (not names and (has_flows or not books)) else ()), *books]

    def _workbook(self, name: str) -> Path:
        for path in (Path(name), self.folder / WORKBOOKS / name):
            if path.is_file():
                return path.resolve()
        raise lacking(sentences.NO_FLOW, found=name)

    def flows(self, names: tuple[str, ...] = ()) -> list[Flow]:
        """Read the flows, all of them or those named.

        Raises:
            InvalidFlow: with the problems of every flow that does not hold.
            WorkspaceProblem: there is no flow of that name, or none at all.
        """
        paths = sorted((self.folder / "flows").glob("*.toml"))
        problems: list[Problem] = []
        found: list[Flow] = []
        for path in paths:
            try:
                flow = read_flow(path)
            except InvalidFlow as refused:
                if not names or path.stem.lower() in names:
                    problems += refused.problems
                continue
            if not names or flow.name in names:
                found.append(flow)
        if problems:
            raise InvalidFlow(problems)
        missing = set(names) - {flow.name for flow in found}
        if missing or not found:
            raise lacking(sentences.NO_FLOW, found=", ".join(sorted(missing)) or "flows/*.toml")
        return found


def open_workspace(folder: Path) -> Workspace:
    """Read `filiere.toml` of a folder.

    Raises:
        WorkspaceProblem: the folder is no workspace.
        InvalidFlow: the file does not hold; every key is named.
    """
    path = folder / FILE
    if not path.exists():
        raise lacking(sentences.NO_WORKSPACE, file=str(path))
    root = Section(file=FILE, path="", table=load_toml(path), problems=[])
    workspace = Workspace(
        folder=folder.resolve(),
        member=root.required_text("member"),
        url=root.required_text("url").rstrip("/"),
        token=root.text("token") or "file:secrets/token",
        key=root.text("key") or "file:secrets/key.pem",
        passphrase=root.text("passphrase") or "",
        pkcs11_module=root.text("pkcs11_module") or "",
        pkcs11_pin=root.text("pkcs11_pin") or "",
        broker=root.text("broker") or "",
        broker_password=root.text("broker_password") or "file:secrets/broker",
        sector_dir=_sector_dir(folder, root.text("sector_dir")),
    )
    _require_sane(workspace, root)
    root.finish()
    if root.problems:
        raise InvalidFlow(root.problems)
    return workspace


def _sector_dir(folder: Path, given: str | None) -> Path | None:
    if given:
        return (folder / given).resolve()
    named = os.environ.get("FILIERE_SECTOR_DIR")
    return Path(named).resolve() if named else None


def _require_sane(workspace: Workspace, root: Section) -> None:
    from filiere_connectors import flow_sentences

    if workspace.member:
        try:
            canonical_key(workspace.member)
        except Refusal as refused:
            root.problems += [problem.within("/member") for problem in refused.problems]
    if workspace.url and not workspace.url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        root.complain(flow_sentences.FLOW_WRONG_VALUE, "url", found=workspace.url, expected="https://...")
    _require_references(workspace, root)
    if workspace.key.startswith(SCHEME):
        try:
            TokenUri.parse(workspace.key)
        except Refusal as refused:
            root.problems += [problem.within("/key") for problem in refused.problems]
    elif not workspace.key.startswith("file:"):
        expected = "file:PATH, pkcs11:token=NAME;object=NAME"
        root.complain(flow_sentences.FLOW_WRONG_VALUE, "key", found="...", expected=expected)


def _require_references(workspace: Workspace, root: Section) -> None:
    """Require secrets to be named, and never given: no value is repeated, it may be the secret itself."""
    from filiere_connectors import flow_sentences

    for name, reference in (("token", workspace.token), ("broker_password", workspace.broker_password)):
        if not reference.startswith(("env:", "file:")):
            root.complain(flow_sentences.FLOW_WRONG_VALUE, name, found="...", expected="env:NAME, file:PATH")
    if workspace.broker and BrokerAddress.parse(workspace.broker) is None:
        root.complain(flow_sentences.FLOW_WRONG_VALUE, "broker", found="...", expected=ADDRESS)
    for name, reference in (("passphrase", workspace.passphrase), ("pkcs11_pin", workspace.pkcs11_pin)):
        if reference and not reference.startswith(("env:", "file:")) and reference != "prompt":
            root.complain(flow_sentences.FLOW_WRONG_VALUE, name, found="...", expected="env:NAME, file:PATH, prompt")


def write_private(path: Path, content: bytes) -> None:
    """Write a secret that only its owner may read; an existing one is never overwritten.

    On Windows the folder's own rights protect it: there are no such bits.

    Raises:
        FileExistsError: there is one already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


@contextlib.contextmanager
def sole_runner(
    workspace: Workspace, *, name: str = "lock", busy: Sentence = sentences.ALREADY_RUNNING
) -> Iterator[None]:
    """Hold a lock of the workspace: two runs at once would sign the same place of the chain twice.

    The operating system releases it when the process ends, however it ends.

    Raises:
        WorkspaceProblem: another run holds it.
    """
    workspace.state.mkdir(parents=True, exist_ok=True)
    path = workspace.state / name
    with path.open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise lacking(busy, file=str(path)) from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
