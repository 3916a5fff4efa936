"""What the tests of everything behind a service share."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.engine.answering import answering


@pytest.fixture
def service() -> Iterator[SimpleNamespace]:
    """A service on this machine (see `answering`)."""
    with answering() as state:
        yield state
