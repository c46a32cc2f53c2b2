"""Make the secret files that docker-compose.yml hands to its services: `make secrets`.

Four files from two random passwords. A file that is there is never touched: a database keeps the password it was
created with. Standard library alone, since this runs on a host that has nothing but Python and Docker.
"""

import secrets
import sys
from pathlib import Path

DATABASE = "postgresql://filiere:{password}@db:5432/filiere"
BROKER = "amqp://filiere:{password}@broker:5672/%2F"
BROKER_CONFIGURATION = "default_user = filiere\ndefault_pass = {password}\n"
PASSWORD_BYTES = 24  # URL-safe text of 32 characters: nothing in it needs quoting in a URL or a configuration file


class HalfMadeError(Exception):
    """One file of a pair is there and the other is not: a new one would not fit it."""


def make(folder: Path) -> list[Path]:
    """Make what is absent in a folder and return the new files.

    Containers run as users of their own, so the files can be read by all, and the folder by its owner alone: Docker
    mounts each file, not the folder.

    Raises:
        HalfMadeError: Half of a pair is there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    database, broker = (secrets.token_urlsafe(PASSWORD_BYTES) for _ in range(2))
    return [
        *_pair(folder, {"database_password": database, "database_url": DATABASE.format(password=database)}),
        *_pair(
            folder,
            {
                "broker.conf": BROKER_CONFIGURATION.format(password=broker),
                "broker_url": BROKER.format(password=broker),
            },
        ),
    ]


def _pair(folder: Path, contents: dict[str, str]) -> list[Path]:
    there = [name for name in contents if (folder / name).exists()]
    if len(there) == len(contents):
        return []
    if there:
        raise HalfMadeError(f"{folder / there[0]} exists without {', '.join(set(contents) - set(there))}")
    made = []
    for name, text in contents.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o444)
        made.append(path)
    return made


if __name__ == "__main__":
    try:
        new = make(Path(sys.argv[1] if len(sys.argv) > 1 else "secrets"))
    except HalfMadeError as error:
        sys.exit(f"{error}: restore the missing file, or remove both and the service's volume")
    sys.stdout.writelines(f"made {path}\n" for path in new)
