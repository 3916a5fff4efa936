"""What can go wrong with a home, said to the person who named it."""


class StoreError(Exception):
    """Base of all: the message names the path and the reason, and nothing was changed."""


class NotADatabase(StoreError):
    """The file is not a widespectrum database."""


class NewerDatabase(StoreError):
    """The database was written by a newer version of the program."""


class HomeUnusable(StoreError):
    """The home can't be made, read or written."""


class NoHome(HomeUnusable):
    """There is no home yet at a path where one could be."""


class BrokenImage(StoreError):
    """The bytes are not an image that can be kept: unreadable, cut short, or over the limits."""
