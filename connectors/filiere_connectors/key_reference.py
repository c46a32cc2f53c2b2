"""Change in `filiere.toml` where the key is, and nothing else of the file: comments and order stay a person's own."""

from __future__ import annotations

from dataclasses import replace

from filiere_connectors import key_sentences
from filiere_connectors.signing_key import has_key, make_key
from filiere_connectors.token_uri import TokenUri
from filiere_connectors.workspace import FILE, Workspace, lacking, open_workspace, write_whole
from filiere_schemas.provenance.keys import Algorithm, PrivateKey


def make_key_elsewhere(workspace: Workspace, uri: TokenUri, *, algorithm: Algorithm | None) -> PrivateKey:
    """Make the first key of a workspace on a token, and name it in `filiere.toml`.

    Raises:
        WorkspaceProblem: the workspace has a key already, there is an object of that name, or the token does not
            answer.
    """
    if has_key(workspace, workspace.key):
        raise lacking(key_sentences.KEY_IS_ELSEWHERE, key=workspace.key)
    made = make_key(workspace, reference=str(uri), algorithm=algorithm)
    set_key_reference(workspace, str(uri))
    return made


def following_uri(workspace: Workspace, uri: TokenUri) -> TokenUri:
    """Name the key that will follow one on a token: the first of `name-2`, `name-3`, ... that is free there."""
    stem, dash, number = uri.object.rpartition("-")
    stem, count = (stem, int(number)) if dash and number.isdecimal() else (uri.object, 1)
    while True:
        count += 1
        found = replace(uri, object=f"{stem}-{count}", id=b"")
        if not has_key(workspace, str(found)):
            return found


def set_key_reference(workspace: Workspace, reference: str) -> Workspace:
    """Let `filiere.toml` name another key; gives the workspace as it is then.

    Raises:
        InvalidFlow: the file does not hold any more.
        WorkspaceProblem: it is gone.
    """
    if workspace.key != reference:
        import tomlkit  # only here: every other command reads the file without it

        path = workspace.folder / FILE
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        document["key"] = reference
        write_whole(path, tomlkit.dumps(document).encode())
    return open_workspace(workspace.folder)
