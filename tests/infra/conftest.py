from __future__ import annotations

import os

import pytest

from tests.infra.simulated import CHECKS, State, simulate


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    if not (os.environ.get("INFRA_STATE") or (CHECKS / "check").exists()):
        pytest.skip(f"the Terraform checks are not there ({CHECKS})")
    return simulate(tmp_path_factory.mktemp("terraform"))
