"""Which devices get a worker: those that are listed, or every graphics card, or else the processor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine import devices


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No list and no driver, and nothing remembered of another test's."""
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.setattr(devices, "DRIVERS", ())
    devices._cards.cache_clear()
    yield
    devices._cards.cache_clear()


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with a driver, whose torch answers that there are two cards."""
    monkeypatch.setattr(devices, "DRIVERS", (str(tmp_path),))
    monkeypatch.setattr(devices, "_ASK", "print('cuda:0', 'cuda:1')")


def test_a_machine_without_a_card_works_on_the_processor() -> None:
    assert devices.devices() == ("cpu",)


def test_every_card_that_torch_can_use_is_worked_on(two_cards: None) -> None:
    assert devices.devices() == ("cuda:0", "cuda:1")


def test_torch_itself_is_asked_and_has_none_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(devices, "DRIVERS", (str(tmp_path),))
    assert devices.devices() == ("cpu",)


def test_a_list_of_the_users_own_comes_first(two_cards: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(devices.VARIABLE, "cuda:1, cpu")
    assert devices.devices() == ("cuda:1", "cpu")


def test_work_of_some_cards_is_none_of_the_others() -> None:
    assert devices.may_work("cpu", ())
    assert devices.may_work("cuda:1", (0, 1))
    assert not devices.may_work("cuda:2", (0, 1))
    assert not devices.may_work("cpu", (0,))


def test_a_card_that_is_not_here_is_told_with_those_that_are(two_cards: None) -> None:
    devices.require_here((0, 1))
    with pytest.raises(ValueError, match=r"no graphics card 2 .* cuda:0, cuda:1"):
        devices.require_here((0, 2))


@pytest.mark.parametrize(
    ("error", "whether"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (torch.AcceleratorError("CUDA error: out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("CUDA error: device-side assert triggered"), False),
        (ValueError("this caption is out of memory"), False),
    ],
)
def test_whatever_says_that_memory_ran_out_is_known_for_it(error: Exception, whether: bool) -> None:
    assert devices.out_of_memory(error) == whether


def test_a_card_that_only_answers_with_errors_is_told_from_work_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might …")

    monkeypatch.setattr(torch.cuda, "synchronize", fails)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    devices.require_working("cuda:0")  # torch has not turned to it yet
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    devices.require_working("cpu")
    with pytest.raises(
        devices.CardFailed, match=r"^cuda:0 has failed: CUDA error: an illegal memory access .* encounter"
    ):
        devices.require_working("cuda:0")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    devices.require_working("cuda:0")


def test_a_card_without_a_number_is_the_one_that_torch_takes_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    for device in ("cpu", "cuda", "cuda:1"):
        devices.take(device)
    assert taken == ["cuda:1"]
