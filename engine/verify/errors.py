"""What can go wrong with a yardstick, said to the person who asked for it."""

from collections.abc import Iterable


class CannotVerify(RuntimeError):
    """A scorer can't be compared with its publisher's code."""


class YardstickUnavailable(CannotVerify):
    """The environment can't be built: says which, where, what was said, and what it needs."""


class YardstickFailed(CannotVerify):
    """The publisher's code did not give its values: says which, and what it said."""


class NoPublisher(CannotVerify):
    """A scorer has no published code to be compared with: names those that have."""

    def __init__(self, name: str, known: Iterable[str]):
        super().__init__(f"{name} has no publisher's code to compare with; these have: {', '.join(known)}")
