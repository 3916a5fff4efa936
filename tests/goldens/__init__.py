"""Values that the publishers' own code gave for small weights, and the cells that they are of.

The weights are those of `engine/verify/layouts`, which are the same everywhere; so no weights are kept, only values.
`python -m tests.goldens.record` asks the yardsticks and writes them; it is not run by the tests.
"""
