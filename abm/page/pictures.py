"""The latest pictures of a visit, each made once, by whichever thread of the visit comes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

__all__ = ["Pictures"]

MOST = 4  # that are kept: headline and view, and those of a moment ago
Made = TypeVar("Made")


class Pictures:
    """Keeps what was made last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._making = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made for a key, or make it; who asks for it meanwhile waits for it.

        Whoever asks must not hold a model still: the making may have to wait for that.
        """
        with self._making:
            if key not in self._kept:
                self._kept[key] = make()
                if len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            made: Made = self._kept[key]  # type: ignore[assignment]
            return made
