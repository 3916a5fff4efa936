"""Doing a list in batches, so that one bad item or too large a batch costs no more than itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from engine.generators.base import Refused
from engine.worker.pulse import Interrupted
from store import HomeUnusable, StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the machine or on a device; known without importing torch."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and ("out of memory" in str(error) or "allocate memory" in str(error)))
    )


def reason_of(error: BaseException) -> str:
    """What to tell a person of an error; our own speak for themselves."""
    if isinstance(error, Refused | StoreError):
        return str(error)
    if out_of_memory(error):
        return f"out of memory: {error or type(error).__name__}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Batches:
    """Batches of at most `size` items. Running out of memory halves `size` for good; it never grows again."""

    def __init__(self, size: int):
        self.size = size

    def each(
        self, function: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]
    ) -> Iterator[tuple[Item, Result | Exception]]:
        """Every item in order with its result, or with the error that it raises when it is alone in its batch.

        Args:
            function: a batch to as many results.
        """
        waiting = list(items)
        size = self.size
        while waiting:
            size = min(size, self.size)
            batch = waiting[:size]
            try:
                results = function(batch)
                if len(results) != len(batch):
                    raise ValueError(f"{len(results)} results came back for {len(batch)} items")
            except (Interrupted, HomeUnusable):
                raise
            except Exception as error:  # models raise whatever the item makes them raise
                if len(batch) == 1:
                    yield waiting.pop(0), error
                    size = self.size
                    continue
                size = (len(batch) + 1) // 2
                if out_of_memory(error):
                    self.size = size
                continue
            del waiting[: len(batch)]
            yield from zip(batch, results, strict=True)
            size = self.size
