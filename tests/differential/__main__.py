"""`python -m tests.differential N=2000 MESSAGES=7767 SEED=1`: queries on both sides; what differs, shrunk.

PROFILE=emulators asks the Firestore emulator. N=0 compares what both read out of each message.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from random import Random

from tests.contract import firestore_stores
from tests.differential.campaign import compare
from tests.differential.contents import differences
from tests.differential.generator import queries
from tests.differential.mail import CORPUS, Mail, made_up, mail_of
from tests.differential.shrink import shrunk
from tests.differential.sides import Opens, sides
from tests.worlds import Clock, TestWorld, a_world, world_on

_SHOWN = 12


def main(told: dict[str, str]) -> int:
    """Run them; 1 if one differs."""
    count, seed = int(told.get("N", "1000")), int(told.get("SEED", "1"))
    mail = list(mail_of(CORPUS))
    mail = Random(seed).sample(mail, min(int(told.get("MESSAGES", "7767")), len(mail))) + made_up()
    if count == 0:
        return _read(mail)
    with _stores(told.get("PROFILE", "")) as opens, sides(mail, opens) as both:
        totals = compare(both, islice(queries(mail, seed), count))
        for node, difference in totals.differing[:_SHOWN]:
            print(f"{node}: missed {len(difference.missed)}, extra {len(difference.extra)}; the least of it:")
            print(shrunk(both, node))
        for reason, times in totals.refused.most_common(_SHOWN):
            print(f"refused {times} times: {reason}")
    print(totals)
    return 1 if totals.differing else 0


def _read(mail: Iterable[Mail]) -> int:
    names: Counter[str] = Counter()
    for each in mail:
        names["messages"] += 1
        for name, (ours, theirs) in differences(each).items():
            names[name] += 1
            if names[name] <= _SHOWN:
                print(f"{name} of message {each.number}, ours and theirs: {_apart(ours, theirs)}")
    print(" ".join(f"{name.replace(' ', '_')}={count}" for name, count in names.items()))
    return 1 if len(names) > 1 else 0


def _apart(ours: object, theirs: object) -> tuple[object, object]:
    """The two without what they have in common."""
    if isinstance(ours, set | frozenset) and isinstance(theirs, set | frozenset):
        return sorted(ours - theirs)[:_SHOWN], sorted(theirs - ours)[:_SHOWN]
    return ours, theirs


@contextmanager
def _stores(profile: str) -> Iterator[Opens]:
    if profile != "emulators":
        yield a_world
        return
    with firestore_stores.open_clients() as (firestore, keys):

        @contextmanager
        def on_firestore() -> Iterator[TestWorld]:
            clock = Clock()
            with world_on(firestore_stores.stores_on(firestore, keys, clock), clock) as here:
                yield here

        yield on_firestore


if __name__ == "__main__":
    sys.exit(main(dict(each.split("=", 1) for each in sys.argv[1:])))
