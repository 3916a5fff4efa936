"""The yardstick: the publishers' own code on the same weights and images, in environments of its own.

`verify` compares value by value; `layouts` writes random weights as the real ones are published, where those are not
at hand; `yardsticks/` holds what runs elsewhere.
"""

from __future__ import annotations

from engine.verify.agreement import Agreement, Compared, VerifyReport
from engine.verify.errors import NoPublisher, YardstickFailed, YardstickUnavailable
from engine.verify.verify import verify

__all__ = ["Agreement", "Compared", "NoPublisher", "VerifyReport", "YardstickFailed", "YardstickUnavailable", "verify"]
