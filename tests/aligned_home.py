"""A home in which a generator stands beside its base model, and a third was asked for effects at rising strength."""

from __future__ import annotations

from dataclasses import dataclass

from store import Home, curation, records
from tests.conftest import colour_blob

CAPTIONS = ("a bear and a cub", "a café at night", "a red kite", "a wet street")
DIMENSIONS = ("intentional_blur", "exposure_extremes")
STRENGTHS = (0.25, 0.5, 1.0)
SEEN = {"plain": (1, 1, 1, 0, 1, 1, 1, 1), "pleased": (1, 0, 1, 0, 0, 1, 0, 0)}
"""Whether a probe saw the effect, pair by pair."""
CHOSEN = {"plain": ("wide", "wide", "tie", "wide"), "pleased": ("original", "wide", "neither", "original")}
"""What ann said of the first four pairs."""
RATED = {"plain": 1.0, "pleased": 0.0}
"""What a judge rated in the wide image, times 50 for requested effects; in the original it is 0.5."""


@dataclass(frozen=True)
class AlignedHome:
    """Two generators that made the same eight requests, and a third that swept one effect over four captions.

    The margins of `conse` in the sweep are −strength, for the last caption −strength / 2.
    """

    home: Home
    plain: int
    pleased: int
    swept: int
    conse: int
    judge: int


def populate_aligned(home: Home) -> AlignedHome:
    """Fill a new home: see `AlignedHome`."""
    with home.database.write() as session:
        plain = records.source_id(session, "plain", "1", "generator")
        pleased = records.source_id(session, "pleased", "1", "generator", base="plain")
        swept = records.source_id(session, "sweeper", "1", "generator")
        conse = records.scorer_id(session, records.ScorerFacts("conse", "1", "control", "dual", True))
        judge = records.scorer_id(session, records.ScorerFacts("judge-effects:seer", "1", "judge", "judge", True))
        probe = records.probe_id(session, "sharpness", "1")
        original, *made = (
            records.add_image(session, colour_blob(home, shade), f"made {shade}", "generated", {})
            for shade in (90, 160, 170)
        )

        def add(
            source: int, caption: str, wide_prompt: str, ask: records.AskedDimension, image: int
        ) -> tuple[int, int]:
            prompts = records.prompt_id(session, caption), records.prompt_id(session, wide_prompt)
            key = f"{source} {caption} {wide_prompt}"
            related = records.AskedDimension("clarity", asked=False)
            pair = records.NewPair(key, source, *prompts, original, image, 1, "1", (ask, related))
            return records.add_pair(session, pair), prompts[1]

        for name, source, wide in (("plain", plain, made[0]), ("pleased", pleased, made[1])):
            for number in range(8):
                dimension = DIMENSIONS[number // 4]
                ask = records.AskedDimension(dimension, dimension, 0.7)
                pair, prompt = add(source, CAPTIONS[number % 4], f"{CAPTIONS[number % 4]}, {dimension}", ask, wide)
                seen = records.NewWitness(pair, dimension, dimension, probe, 1.0, 0.5, bool(SEEN[name][number]))
                records.set_witnesses(session, [pair], [seen])
                if number < 4:
                    curation.add_verdict(session, pair, "ann", CHOSEN[name][number], "original-wide", "pixels")
                    ratings = [(original, 0.5), (wide, RATED[name])]
                    scores = [
                        records.NewScore(image, prompt, factor * value, dimension=rating)
                        for rating, factor in (("requested_effects", 50.0), (dimension, 1.0))
                        for image, value in ratings
                    ]
                    records.add_scores(session, judge, scores)
        for number, caption in enumerate(CAPTIONS):
            for strength in STRENGTHS:
                image = records.add_image(
                    session, colour_blob(home, round(200 + 40 * strength)), f"swept {strength}", "generated", {}
                )
                ask = records.AskedDimension("intentional_blur", "defocus", strength)
                pair, prompt = add(swept, caption, f"{caption}, out of focus {strength}", ask, image)
                margin = -strength / (2 if number == 3 else 1)
                cells = [records.NewScore(original, prompt, 2.0), records.NewScore(image, prompt, 2.0 + margin)]
                records.add_scores(session, conse, cells)
                seen = records.NewWitness(pair, "intentional_blur", "defocus", probe, 1.0, 0.5, strength > number / 8)
                records.set_witnesses(session, [pair], [seen])
    return AlignedHome(home, plain, pleased, swept, conse, judge)
