"""What a precision makes of torch's switches, which hold for a card alone but can be read everywhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from engine.scorers.precision import Precision, chosen

CARD = torch.device("cuda")
SHORTENED = """
import torch
from engine.scorers.precision import chosen
assert torch.backends.cuda.matmul.allow_tf32
with chosen("{precision}", torch.device("cuda"), False).computing(torch.device("cpu")):
    print(torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)
print(torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)
"""


@pytest.mark.parametrize(("precision", "convolutions"), [("fp32", "False"), ("bf16", "False"), ("publisher", "True")])
def test_an_environment_that_asks_for_tf32_gets_it_only_where_a_publisher_has_it(
    precision: str, convolutions: str
) -> None:
    environment = {**os.environ, "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1"}  # as in NVIDIA's containers
    command = [sys.executable, "-c", SHORTENED.format(precision=precision)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", convolutions, "True", "True"]


def test_on_a_card_each_publishers_own_precision_is_told_apart() -> None:
    assert chosen("publisher", CARD, True) == Precision("publisher fp16 autocast", autocast=True, tf32=True)
    assert chosen("publisher", CARD, False) == Precision("publisher fp32", tf32=True)
    assert chosen("fp32", CARD, True) == chosen("publisher", torch.device("cpu"), True) == Precision("fp32")
