"""What a message takes, read from the store of a finished sync."""

from __future__ import annotations

import json
from pathlib import Path

from infra.local.costs import measured
from shared.adapters.sqlite import open_database
from tests.contract.sqlite_stores import stores_on
from tests.contract.stores import NOW, connect, message, store


def test_means_are_those_of_what_is_stored(tmp_path: Path) -> None:
    database = open_database(tmp_path / "mailbox.db")
    stores = stores_on(database, lambda: NOW)
    mailbox_id = connect(stores)
    store(stores, mailbox_id, 1, 2)
    database.close()
    log = tmp_path / "log"
    log.write_text("no JSON\n" + json.dumps({"duration_ms": 30, "done.stored_by_full_sync": 2}) + "\n")
    found = measured(tmp_path / "mailbox.db", log)
    assert found["messages"] == 2
    assert found["card_bytes"] == round(sum(len(message(each).card) for each in (1, 2)) / 2)
    assert found["terms"] == sum(len(message(each).terms) for each in (1, 2)) / 2
    assert found["step_ms_a_message"] == 15
