"""Find Debian's Chromium, or install it where the caller allows it: `make test` does, a bare pytest does not.

The one without a window comes first. The other draws its own window for each context of a test, tool bar and all, which
takes half of what the pages take.
"""

from __future__ import annotations

import shutil

import servers
import services

WITHOUT_WINDOW = "chromium-headless-shell"
PROGRAMS = (WITHOUT_WINDOW, "chromium", "chromium-browser", "google-chrome")


class BrowserMissingError(Exception):
    """There is no Chromium, and none can be installed; the message says what was tried."""


def provide(*, install: bool = False) -> str:
    """Give the path of a Chromium.

    Where it may be installed, the one without a window is, though the other be there; where that fails, the other does.

    Raises:
        BrowserMissingError: there is none.
    """
    missing = f"looked for {', '.join(PROGRAMS)}"
    for package in (WITHOUT_WINDOW, "chromium") if install else ():
        if shutil.which(package) is None:
            try:
                services.install_debian(package)
            except servers.ServerUnavailableError as error:
                missing = str(error)
        if shutil.which(package) is not None:
            break
    found = _found()
    if not found:
        raise BrowserMissingError(f"no Chromium: {missing}")
    return found[0]


def _found() -> list[str]:
    return [path for name in PROGRAMS if (path := shutil.which(name))]
