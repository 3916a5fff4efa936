"""Measuring images with every probe, and deriving what was witnessed in their pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.plan.missing import MEASURE_MODEL, Scope, missing_images
from engine.probes import PROBES, measure_all
from engine.rebuild import derive_witnesses
from engine.worker.batches import reason_of
from engine.worker.bench import Bench
from store import BrokenImage, records
from store.queries.pairs import image_files
from store.records import NewMeasure, pairs_with_images


def register(bench: Bench) -> dict[str, int]:
    """Probe name -> the id of its current version."""
    with bench.home.database.write() as session:
        return {probe.name: records.probe_id(session, probe.name, probe.version) for probe in PROBES.values()}


def measure(bench: Bench, probes: Mapping[str, int], pairs: Scope, photographs: Scope) -> None:
    """Measure those images of the pairs, and those photographs, that a probe has not measured yet."""
    taken = bench.take("measure", MEASURE_MODEL, lambda c: missing_images(c, pairs, photographs, probes.values()), str)
    if not taken:
        return
    bench.pulse.doing(f"measuring {len(taken)} images", len(taken))
    files = image_files(bench.home.database.reader(), taken)
    images = bench.pixels.of(dict(files.values()))
    measures, failures = [], []
    for step, image_id in enumerate(taken, start=1):
        bench.pulse.on_step(step, len(taken))
        image = images[files[image_id][0]]
        if isinstance(image, BrokenImage):
            failures.append((str(image_id), reason_of(image)))
            continue
        try:
            with bench.timers.spent("measures"):
                values = measure_all(image)
        except Exception as error:  # a measure raises whatever the pixels make it raise; the run goes on
            failures.append((str(image_id), reason_of(error)))
            continue
        measures += [NewMeasure(image_id, probes[name], _stored(value)) for name, value in values.items()]
    with bench.home.database.write() as session:
        records.add_measures(session, measures)
        derive_witnesses(session, pairs_with_images(session, taken))
        bench.finish(session, "measure", MEASURE_MODEL, len(taken) - len(failures), failures)


def _stored(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
