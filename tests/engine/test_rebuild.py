"""What derives from other rows comes back as it was when it is derived again."""

import pytest
from sqlalchemy import text

from engine.rebuild import rebuild
from store import Home, records
from store.curation import Action, Subject, decide
from store.records import AskedDimension, NewMeasure, NewPair, NewScore, ScorerFacts

DERIVED = ("margin", "witness", "curation", "curation_tag")


def derived(home: Home) -> dict[str, list[tuple]]:
    reader = home.database.reader()
    return {
        table: [tuple(row) for row in reader.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")] for table in DERIVED
    }


@pytest.fixture
def pair(home: Home) -> int:
    """One pair that asks for a blur, and for an effect that nothing here has declared."""
    from PIL import Image

    from store.blobs import keep_image

    with home.database.write() as session:
        images = [
            records.add_image(session, keep_image(home, Image.new("RGB", (9, 9), colour)), colour, "generated", {})
            for colour in ("red", "blue")
        ]
        prompts = [records.prompt_id(session, words) for words in ("a cat", "a blurred cat")]
        source = records.source_id(session, "darkroom", "1", "generator")
        asked = (AskedDimension("intentional_blur", "defocus", 0.9), AskedDimension("emotion", "imported_effect", 0.5))
        number = records.add_pair(session, NewPair("key", source, *prompts, *images, 0, "test", asked))
        scorer = records.scorer_id(session, ScorerFacts("polish", "1", "control", "dual", False))
        records.add_scores(session, scorer, [NewScore(image, 0, float(image)) for image in images])
        for version, values in (("1", (0.9, 0.1)), ("2", (0.2, 0.6))):
            probe = records.probe_id(session, "blur", version)
            records.add_measures(session, [NewMeasure(i, probe, v) for i, v in zip(images, values, strict=True)])
        decide(session, "someone", Subject.PAIR, number, Action.ACCEPT)
        decide(session, "someone", Subject.PAIR, number, Action.TAG, "clarity")
    return number


def test_margins_curation_and_witnesses_come_back(home: Home, pair: int) -> None:
    rebuild(home)
    before = derived(home)
    assert [len(before[table]) for table in DERIVED] == [1, 1, 1, 1]
    with home.database.write() as session:
        for table in DERIVED:
            session.execute(text(f"DELETE FROM {table}"))
    rebuild(home)
    assert derived(home) == before


def test_a_witness_speaks_from_the_newest_version_of_its_probe(home: Home, pair: int) -> None:
    rebuild(home)
    row = home.database.reader().execute("SELECT effect, original, wide, witnessed FROM witness").fetchall()
    assert [tuple(each) for each in row] == [("defocus", 0.2, 0.6, 1)]
