"""Doing a list in batches, so that one bad item or too large a batch costs no more than itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from engine.devices import CardFailed, out_of_memory
from engine.generators.base import Refused
from engine.worker.pulse import Interrupted
from store import HomeUnusable, StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")


def chunks(items: Iterable[Item], size: Callable[[], int]) -> Iterator[list[Item]]:
    """Items by as many as `size` says at the moment."""
    left = iter(items)
    while some := list(islice(left, size())):
        yield some


def reason_of(error: BaseException) -> str:
    """What to tell a person of an error; our own speak for themselves."""
    if isinstance(error, Refused | StoreError | CardFailed):
        return str(error)
    if out_of_memory(error):
        return f"out of memory: {error or type(error).__name__}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class Batches:
    """Batches of at most `size` items. Running out of memory halves `size`; it grows again only where room is made."""

    def __init__(self, size: int):
        self.size = self._most = size

    def each(
        self,
        function: Callable[[Sequence[Item]], Sequence[Result]],
        items: Sequence[Item],
        make_room: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[Item, Result | Exception]]:
        """Every item in order with its result, or with the error that it raises when it is alone in its batch.

        Args:
            function: a batch to as many results.
            make_room: frees memory where it runs out on a single item; whether there was any to free.
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
                _let_go(error)
                if len(batch) > 1:
                    size = (len(batch) + 1) // 2
                    if out_of_memory(error):
                        self.size = size
                elif out_of_memory(error) and make_room():
                    size = self.size = self._most
                else:
                    yield waiting.pop(0), error
                    size = self.size
                continue
            del waiting[: len(batch)]
            yield from zip(batch, results, strict=True)
            size = self.size


def _let_go(error: BaseException | None) -> None:
    """Drop the tracebacks of an error that is kept: they hold their frames, and so all that a model had on its card."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
