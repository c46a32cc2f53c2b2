"""The programs by which others would check us are here and run: a check that never ran has shown nothing."""

from __future__ import annotations

from pathlib import Path

import programs

HERE = Path(__file__).resolve().parent


def test_openssl_is_recent_enough_to_verify_ed25519_over_a_text(openssl) -> None:
    version = openssl("version").stdout.decode().split()[1]
    assert int(version.split(".")[0]) >= 3


def test_go_finds_the_packages_of_the_checksum_database(go) -> None:
    done = go(HERE / "go_ready")
    assert done.stdout.decode().split() == ["true", "4"], done.stderr.decode()  # 3 follows 0, 1, (0,1) and 2


def test_node_finds_every_package(node) -> None:
    done = node(HERE / "ready.mjs")
    assert done.stdout.decode().split() == ["function", "function", "eddsa-jcs-2022", "function"], done.stderr.decode()


def test_a_new_token_is_initialised(softhsm) -> None:
    util, module = programs.softhsm()
    assert module == softhsm.module
    assert Path(util).exists()
