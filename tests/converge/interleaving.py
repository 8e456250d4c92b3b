"""Workers whose every call to a port is a point where another may go on, or where they may die.

Each runs the real use cases in a greenlet: a call that comes back to the schedule before and after it
happened. A worker that was killed does nothing more, not even what `finally` would do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from greenlet import getcurrent, greenlet

from shared.errors import MailboxError
from shared.ports.grants import Grant
from shared.ports.world import World


class Killed(BaseException):
    """The process is gone."""


class Worker:
    """A delivery under way. `errors`: what it raised that is no situation of ours, which is a bug."""

    def __init__(self, world: World, work: Callable[[World], object]) -> None:
        self.is_killed = False
        self.error: BaseException | None = None
        self._schedule = getcurrent()
        self._work = work
        self._world = replace(
            world,
            mailboxes=_Pausing(world.mailboxes, self),
            messages=_Pausing(world.messages, self),
            queue=_Pausing(world.queue, self),
            gmails=_PausingGmails(world, self),
        )
        self._run = greenlet(self._begin)

    @property
    def is_done(self) -> bool:
        return bool(self._run.dead)

    def step(self) -> None:
        """On to the next point."""
        self._run.switch()

    def kill(self) -> None:
        self.is_killed = True
        self._run.switch()

    def pause(self) -> None:
        """A point. Raises: Killed."""
        if not self.is_killed:
            self._schedule.switch()
        if self.is_killed:
            raise Killed

    def _begin(self) -> None:
        try:
            if not self.is_killed:
                self._work(self._world)
        except (MailboxError, Killed):
            pass
        except Exception as error:  # noqa: BLE001 - told by the schedule
            self.error = error


class _Pausing:
    """A port whose calls are points."""

    def __init__(self, target: Any, worker: Worker) -> None:
        self._target = target
        self._worker = worker

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **named: Any) -> Any:
            self._worker.pause()
            result = value(*arguments, **named)
            self._worker.pause()
            return result

        return call


class _PausingGmails:
    def __init__(self, world: World, worker: Worker) -> None:
        self._world = world
        self._worker = worker

    def open(self, grant: Grant) -> Any:
        return _Pausing(self._world.gmails.open(grant), self._worker)
