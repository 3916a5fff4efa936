"""The small file that shows what a worker is making: seldom enough, whole, and gone with the work."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from engine.plan.wants import GenerateWants, Wants
from engine.runs import live_workers, sketch, start_run
from engine.worker import sketches as drawing
from engine.worker.sketches import Sketches
from engine.worker.worker import Worker
from store import Home


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(drawing, "time", found)
    return found


def offered(sketches: Sketches, shade: int, clock: Clock, takes: float = 0.0) -> None:
    def draw() -> tuple[Image.Image, str]:
        clock.now += takes
        return Image.new("L", (4, 3), shade), "false colours"

    sketches.offer(draw)


def shade(home: Home) -> int:
    with Image.open(home.sketch(1)) as image:
        assert image.info["about"] == "false colours"
        return image.getpixel((0, 0))  # type: ignore[return-value]


def test_a_sketch_is_replaced_a_few_times_a_second_at_most(home: Home, clock: Clock) -> None:
    sketches = Sketches(home, 1)
    assert sketch(home, 1) is None
    offered(sketches, 1, clock)
    offered(sketches, 2, clock)
    assert shade(home) == 1
    clock.now += drawing.LEAST_REST
    offered(sketches, 3, clock)
    assert shade(home) == 3
    sketches.clear()
    assert sketch(home, 1) is None
    assert list(home.sketches.iterdir()) == []


def test_a_slow_sketch_takes_no_more_than_a_hundredth_of_the_time(home: Home, clock: Clock) -> None:
    sketches = Sketches(home, 1)
    offered(sketches, 1, clock, takes=0.1)
    clock.now += 9
    offered(sketches, 2, clock, takes=0.1)
    assert shade(home) == 1
    clock.now += 1
    offered(sketches, 3, clock, takes=0.1)
    assert shade(home) == 3
    assert (sketches.drawn, round(sketches.seconds, 6)) == (2, 0.2)


def test_a_disk_that_takes_no_sketch_costs_the_sketch_alone(home: Home, clock: Clock) -> None:
    sketches = Sketches(home, 1)
    home.sketches.rmdir()
    home.sketches.write_text("in the way")
    offered(sketches, 1, clock)
    clock.now += 100
    offered(sketches, 2, clock)
    assert sketches.drawn == 0
    sketches.clear()
    offered(Sketches(home, 2), 3, clock)
    assert home.sketches.read_text() == "in the way"


def test_what_a_killed_worker_left_is_taken_away_and_that_of_a_live_one_stays(home: Home) -> None:
    worker = Worker(home)
    (live,) = live_workers(home)
    for number in (live.id, 77):
        home.sketch(number).write_bytes(b"")
    Sketches(home, 5)
    assert list(home.sketches.iterdir()) == [home.sketch(live.id)]
    worker.stop()
    worker.run()


def test_whoever_watches_a_run_finds_the_sketch_until_the_images_are_stored(filled: Home, models: ModuleType) -> None:
    seen: list[tuple[Path, int] | None] = []

    class Sketching(models.Painter):  # type: ignore[name-defined, misc]
        name = "painter"

        def generate(self, requests, on_step=None):  # type: ignore[no-untyped-def]
            for image in super().generate(requests, on_step):
                self.on_sketch(lambda: (Image.new("RGB", (4, 3)), "plain"))
                seen.append(sketch(filled, live_workers(filled)[0].id))
                yield image

    models.Painter = Sketching
    start_run(filled, "watched", Wants(GenerateWants("painter", per_original=1, singles=1)))
    Worker(filled).run()
    assert len(seen) == 8
    assert all(seen)
    assert list(filled.sketches.iterdir()) == []
