"""The sweep: whatever is due and was not looked at is asked for. It finds all work that died half-way."""

from dataclasses import dataclass

from shared.ports.world import World

MOST = 1_000  # mailboxes a minute; what is left is the most overdue of the next


@dataclass(frozen=True, slots=True)
class Swept:
    """How many mailboxes were due. `is_full`: there may be more."""

    requested: int
    is_full: bool


def sweep(world: World) -> Swept:
    """A sync requested for every mailbox whose time has come, or comes soon. Raises: StoreUnavailable."""
    due = world.mailboxes.due(world.now() + world.limits.patience, MOST)
    for mailbox_id in due:
        world.queue.request_sync(mailbox_id)
    return Swept(len(due), is_full=len(due) == MOST)
