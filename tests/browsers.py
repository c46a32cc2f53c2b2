"""Find Debian's Chromium, or install it where the caller allows it: `make test` does, a bare pytest does not."""

from __future__ import annotations

import shutil

import servers
import services

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class BrowserMissingError(Exception):
    """There is no Chromium, and none can be installed; the message says what was tried."""


def provide(*, install: bool = False) -> str:
    """Give the path of a Chromium.

    Raises:
        BrowserMissingError: there is none.
    """
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None and install:
        try:
            services.install_debian("chromium")
        except servers.ServerUnavailableError as error:
            raise BrowserMissingError(f"no Chromium: {error}") from error
        found = shutil.which("chromium")
    if found is None:
        raise BrowserMissingError(f"no Chromium; looked for {', '.join(PROGRAMS)}")
    return found
