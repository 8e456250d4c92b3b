"""What was worked out of a word, remembered: mail says the same words again and again."""

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")

_MOST = 1 << 15


class Remembered(dict[str, Made]):
    """Makes what it is asked for and does not know. When it is full, all is forgotten.

    Any number of threads may ask: at worst something is made twice.
    """

    def __init__(self, make: Callable[[str], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> Made:
        if len(self) >= _MOST:
            self.clear()
        made = self[word] = self._make(word)
        return made
