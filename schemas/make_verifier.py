"""Write `filiere-verify.pyz`: the verifier as one file, for any machine that has Python 3.11 and nothing else.

    make verifier                       writes dist/filiere-verify.pyz
    python3 filiere-verify.pyz lot.zip --trust trust.txt

It holds the modules that the verifier imports, from the installed distributions, all of them plain Python. Where the
machine has `cryptography` and `orjson` it is ten times faster; without them it verifies alike (`signature_library`).
The same sources give the same bytes: publish the file's SHA-256 beside the trust file.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from filiere_schemas.provenance import plain_signatures, verify_cli
from filiere_schemas.provenance.stored_zip import write_zip

PACKAGES = ("filiere_schemas", "rfc8785")
SHEBANG = b"#!/usr/bin/env python3\n"
MAIN = f"from {verify_cli.__name__} import main\n\nmain()\n".encode()
# Imported where `cryptography` is absent, which it is not here.
ALSO = (plain_signatures.__name__,)


def verifier() -> bytes:
    """Gather what the imports above have loaded, as a zip that Python runs."""
    files = {"__main__.py": MAIN}
    for name in sorted({*sys.modules, *ALSO}):
        source = getattr(sys.modules[name], "__file__", None)
        if name.partition(".")[0] in PACKAGES and source is not None:
            path = name.replace(".", "/")
            is_package = Path(source).name == "__init__.py"
            files[f"{path}/__init__.py" if is_package else f"{path}.py"] = Path(source).read_bytes()
    return SHEBANG + write_zip(sorted(files.items()))


def write(target: Path) -> str:
    """Write the file, executable; gives its SHA-256."""
    content = verifier()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    target.chmod(0o755)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    destination = Path(sys.argv[1])
    print(f"{write(destination)}  {destination}")
