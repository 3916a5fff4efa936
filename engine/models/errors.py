"""What can go wrong while a model is fetched, said to the person who asked for it."""


class CannotFetch(RuntimeError):
    """A model can't be fetched now: says why, what is needed and how to do without the hub."""


class WrongDigest(CannotFetch):
    """A file is not what its publisher or the catalogue says it is; it was removed."""
