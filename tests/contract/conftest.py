"""The stores that the contract suite is run against, a mailbox in each."""

from collections.abc import Iterator

import pytest

from shared.mail.model import MailboxId
from tests.contract import firestore_stores, sqlite_stores
from tests.contract.stores import NOW, Stores, connect

OPENERS = {"sqlite": sqlite_stores.open_stores, "firestore": firestore_stores.open_stores}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulators)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    with OPENERS[request.param](lambda: NOW) as opened:
        yield opened


@pytest.fixture
def mailbox_id(stores: Stores) -> MailboxId:
    return connect(stores)
