from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.options import Options
from infra.local.outsider import Visitor
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.e2e.generated_mail import write_mbox


class SmallStack:
    """A running embedded system with forty messages; `log` is what its service wrote."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.log = stack.logs / "service.log"

    def visitor(self) -> Visitor:
        return Visitor(self.stack.service_url)

    def signed_in(self) -> Visitor:
        visitor = self.visitor()
        visitor.sign_in(ADDRESS)
        return visitor


@pytest.fixture(scope="session")
def small_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    folder = tmp_path_factory.mktemp("small_stack")
    options = Options(mbox=write_mbox(folder / "mail.mbox", 40))
    with running(Stack(options, folder / "state")) as stack:
        yield SmallStack(stack)
