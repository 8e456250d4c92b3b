"""Notifications as they leave Gmail: as they should, or as the faults that are switched on will have it."""

from __future__ import annotations

from infra.local.gmail_simulator.deliveries import Deliveries
from infra.local.gmail_simulator.faults import Faults

_OVERTAKEN_S = 3.0  # notifications are a second apart, so that two others come first


class Notices:
    """Hands notifications over for delivery: dropped, doubled, late or with odd history ids by a fault."""

    def __init__(self, deliveries: Deliveries, faults: Faults) -> None:
        self._deliveries = deliveries
        self._faults = faults

    def publish(self, topic: str, address: str, history_id: int) -> None:
        """Notify of this history id. Not to be called within a transaction."""
        if self._faults.happens("pushes_dropped"):
            return
        told = max(1, history_id - self._faults.value("push_ids_behind"))
        shown = str(told) if self._faults.value("push_ids_as_text") else told
        after_s = self._faults.value("push_delay_ms") / 1_000
        if self._faults.happens("pushes_overtaken"):
            after_s += _OVERTAKEN_S
        for _ in range(2 if self._faults.happens("pushes_doubled") else 1):
            self._deliveries.publish(topic, address, shown, after_s)
