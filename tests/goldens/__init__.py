"""Values that the publishers' own code gave for small weights, and the cells that they are of.

The weights are those of `tests/layouts`, which are the same everywhere; so no weights are kept, only values. Each
`make_….py` runs in an environment with the publisher's package and writes one file; none is run by the tests.
"""
