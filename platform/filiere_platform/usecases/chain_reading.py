"""Show a member what the instance holds of the chain of one of its keys."""

from __future__ import annotations

from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.chains import CURSOR
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.chain import forks_of, gaps_of

MOST_RUNS = 1_000  # an honest key has one


def read_chain(uow: UnitOfWork, kid: str, *, is_own: bool) -> dict[str, Any]:
    """Give the runs of a key, what is missing between them, and below which log index that is so.

    Raises:
        Refusal: code `not-found`, also for a key that is another member's.
    """
    if not is_own:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": f"keys/{kid}"})])
    # The cursor first: what the worker keeps meanwhile is more than is promised, never less.
    read_to = uow.cursors.read(CURSOR)
    found = uow.chains.of_key(kid, limit=MOST_RUNS + 1)
    runs = found[:MOST_RUNS]
    return {
        "kid": kid,
        "readTo": read_to,
        "runs": [
            {
                "firstSeq": run.first_seq,
                "lastSeq": run.last_seq,
                "firstPrev": run.first_prev.hex(),
                "lastSha256": run.last_sha256.hex(),
                "firstIndex": run.first_index,
                "lastIndex": run.last_index,
            }
            for run in runs
        ],
        "missing": [{"firstSeq": gap.first_seq, "lastSeq": gap.last_seq} for gap in gaps_of(runs)],
        "forks": [{"firstSeq": fork.first_seq, "lastSeq": fork.last_seq} for fork in forks_of(runs)],
        "isWhole": len(found) == len(runs),
    }
