"""How the worker's process, its machine and its graphics card fare, for whoever watches. Measures; changes nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

UNKNOWN = -1


def vitals(device: str) -> dict[str, Any]:
    """The columns of `store.tables.Vitals` as they are now.

    Args:
        device: as torch names it. A card is asked only once torch uses it: asking would else claim memory on it.
    """
    used, total, busy = _card(device)
    return {
        "resident": _resident(),
        "load": os.getloadavg()[0],
        "processors": _processors(),
        "memory_used": used,
        "memory_total": total,
        "busy": busy,
    }


def _resident() -> int:
    """Bytes of this process in main memory; 0 where the system has no /proc to tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


def _processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _card(device: str) -> tuple[int, int, int]:
    """Bytes of the card in use by anyone, bytes in all, and how busy it is in percent."""
    torch = sys.modules.get("torch")
    try:
        if torch is None or not torch.cuda.is_initialized():
            return 0, 0, UNKNOWN
        card = torch.device(device if device.startswith("cuda") else "cuda")
        free, total = torch.cuda.mem_get_info(card)
    except AttributeError:  # another thread is importing torch at this moment
        return 0, 0, UNKNOWN
    except RuntimeError:  # a card that fails is the work's to report: the heartbeat must go on
        return 0, 0, UNKNOWN
    return total - free, total, _busy(torch, card)


def _busy(torch: Any, card: Any) -> int:
    try:
        return int(torch.cuda.utilization(card))
    except Exception:  # needs the driver's own library, which may be absent or refuse in any way of its own
        return UNKNOWN
