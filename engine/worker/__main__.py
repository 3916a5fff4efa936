"""`python -m engine.worker --home DIR`: work until nothing is left, or until SIGTERM. The log goes to stderr."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from engine.devices import CardFailed, devices
from engine.worker.worker import Worker
from store import Home, StoreError
from store.work import DeviceBusy


def main() -> int:
    """Returns 0 where nothing is left or it was told to stop, 1 where home or card fail it, 2 where it isn't needed."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the home whose runs to work on")
    parser.add_argument("--device", help="the device to hold (one worker each), such as cuda:1; by default the first")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        with Home(options.home) as home:
            worker = Worker(home, options.device or devices()[0])
            signal.signal(signal.SIGTERM, lambda *_: worker.stop())
            signal.signal(signal.SIGINT, lambda *_: worker.stop())
            worker.run()
    except DeviceBusy as busy:
        logging.info("%s", busy)
        return 2
    except (StoreError, CardFailed) as error:
        logging.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
