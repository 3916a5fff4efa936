"""Every table of the database, as it stands after the newest migration.

The migrations create the tables; these classes say what is in them, and write them. Key columns are never NULL
(SQLite counts NULLs as different): "no prompt" is prompt 0 with an empty text, "no input image" is image 0.
"""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from store.queries.work import ALL

NO_PROMPT = 0
NO_IMAGE = 0
NO_SCORER = 0
NO_PAIR = 0
BY_RULE = 0
"""In place of a written prompt's id: the template wrote it, from what the pair says."""


class Blob(SQLModel, table=True):
    """A content-addressed image file beside the database."""

    sha256: str = Field(primary_key=True)
    suffix: str
    size: int
    width: int
    height: int


class Image(SQLModel, table=True):
    """One origin of a blob: a photograph, an artwork, a generated image or an edit. `key` names the origin."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    sha256: str = Field(foreign_key="blob.sha256", index=True)
    kind: str
    provenance: str = "{}"
    created: float


class Prompt(SQLModel, table=True):
    """A text given to generators and scorers; searched through the FTS5 table `prompt_search`."""

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(unique=True)


class Photograph(SQLModel, table=True):
    """What is known of a real image, photograph or artwork: credit, plain caption, and the written P_a."""

    __table_args__ = (Index("photograph_caption", "caption_id"),)

    image_id: int = Field(primary_key=True, foreign_key="image.id")
    title: str = ""
    author: str = ""
    license: str = ""
    license_url: str = ""
    url: str = ""
    collection: str = ""
    conventional: bool = False
    caption_id: int = Field(default=NO_PROMPT, foreign_key="prompt.id")
    wide_prompt_id: int = Field(default=NO_PROMPT, foreign_key="prompt.id")


class PhotographDimension(SQLModel, table=True):
    """A dimension that came with a photograph. What people decide of it stands in the curation tables."""

    __tablename__ = "photograph_dimension"
    __table_args__ = {"sqlite_with_rowid": False}

    image_id: int = Field(primary_key=True, foreign_key="photograph.image_id")
    dimension: str = Field(primary_key=True)


class Source(SQLModel, table=True):
    """Where pairs come from: one version of a generator, an import, or a photo collection."""

    __table_args__ = (UniqueConstraint("name", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    version: str
    kind: str
    base: str = ""
    about: str = ""


class Generation(SQLModel, table=True):
    """One image that was asked of a generator and made: the request is the key, so nothing is made twice."""

    __table_args__ = (UniqueConstraint("source_id", "prompt_id", "input_image_id", "seed", "settings_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    prompt_id: int = Field(foreign_key="prompt.id")
    input_image_id: int = NO_IMAGE
    seed: int
    settings_hash: str
    settings: str
    image_id: int = Field(foreign_key="image.id", index=True)
    seconds: float
    created: float


class Pair(SQLModel, table=True):
    """I_o and I_a with their prompts, from one source. The cluster is the original prompt."""

    __table_args__ = (
        Index("pair_source", "source_id"),
        Index("pair_original_prompt", "original_prompt_id"),
        Index("pair_wide_prompt", "wide_prompt_id"),
        Index("pair_original_image", "original_image_id"),
        Index("pair_wide_image", "wide_image_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    source_id: int = Field(foreign_key="source.id")
    original_prompt_id: int = Field(foreign_key="prompt.id")
    wide_prompt_id: int = Field(foreign_key="prompt.id")
    original_image_id: int = Field(foreign_key="image.id")
    wide_image_id: int = Field(foreign_key="image.id")
    seed: int
    writer: str
    created: float
    written_id: int = Field(default=BY_RULE, sa_column_kwargs={"server_default": text("0")})
    words_seed: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class Writer(SQLModel, table=True):
    """One version of what writes wide prompts, beside the template: a language model, or a person's hand."""

    __table_args__ = (UniqueConstraint("name", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    version: str


class WrittenPrompt(SQLModel, table=True):
    """A wide prompt as a writer wrote it, with how it was made. It is never changed: an edit is a further one.

    `key` names what was asked for: original prompt, effects and seed of a language model; pair and words of an edit.
    """

    __tablename__ = "written_prompt"
    __table_args__ = (UniqueConstraint("writer_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    writer_id: int = Field(foreign_key="writer.id")
    key: str
    original_prompt_id: int = Field(foreign_key="prompt.id")
    prompt_id: int = Field(foreign_key="prompt.id")
    asks: str
    seed: int
    facts: str = "{}"
    author: str = ""
    edited_from: int = Field(default=NO_PROMPT, foreign_key="prompt.id")
    pair_id: int = NO_PAIR
    created: float


class PairDimension(SQLModel, table=True):
    """A dimension that a pair's P_a asks for, or (`asked` false) one that an asked dimension is related to."""

    __tablename__ = "pair_dimension"
    __table_args__ = (Index("pair_dimension_pair", "pair_id", "asked"), {"sqlite_with_rowid": False})

    dimension: str = Field(primary_key=True)
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    effect: str = ""
    strength: float = 0.0
    asked: bool = True


class Scorer(SQLModel, table=True):
    """One version of a scorer: weights, preprocessing, precision, and where its values were computed."""

    __table_args__ = (UniqueConstraint("name", "version", "origin"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    version: str
    origin: str = "here"
    role: str
    kind: str
    reads_prompt: bool
    about: str = ""


class Score(SQLModel, table=True):
    """The value of one cell. A prompt-blind scorer's value is stored once an image, under prompt 0."""

    __table_args__ = (Index("score_image", "image_id"), {"sqlite_with_rowid": False})

    scorer_id: int = Field(primary_key=True, foreign_key="scorer.id")
    image_id: int = Field(primary_key=True, foreign_key="image.id")
    prompt_id: int = Field(primary_key=True, foreign_key="prompt.id")
    dimension: str = Field(default="", primary_key=True)
    value: float
    truncated: bool = False


class Margin(SQLModel, table=True):
    """A pair's four cells under one scorer, and didp − oidp: derived from `score` in the same transaction."""

    __table_args__ = (
        Index("margin_order", "scorer_id", "margin", "pair_id"),
        Index("margin_pair", "pair_id"),
        {"sqlite_with_rowid": False},
    )

    scorer_id: int = Field(primary_key=True, foreign_key="scorer.id")
    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    source_id: int
    cluster: int
    oiop: float | None
    oidp: float
    diop: float | None
    didp: float
    margin: float
    truncated: bool


class Tally(SQLModel, table=True):
    """A scorer's margins summed by dimension and cluster, or (dimension "") by cluster alone: derived from `margin`.

    Pairs of one original prompt are not independent, clusters are; so these sums are all that statistics need, and
    the Grid and the facets read thousands of them instead of millions of margins.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    scorer_id: int = Field(primary_key=True, foreign_key="scorer.id")
    dimension: str = Field(primary_key=True)
    cluster: int = Field(primary_key=True)
    n: int
    wins: int
    ties: int
    margins: float
    truncated: int


class Probe(SQLModel, table=True):
    """One version of a measure of an image alone."""

    __table_args__ = (UniqueConstraint("name", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str
    version: str


class Measure(SQLModel, table=True):
    """A probe's value of one image; NULL where the measure is undefined for that image."""

    __table_args__ = {"sqlite_with_rowid": False}

    image_id: int = Field(primary_key=True, foreign_key="image.id")
    probe_id: int = Field(primary_key=True, foreign_key="probe.id")
    value: float | None


class Witness(SQLModel, table=True):
    """Whether a probe saw a requested effect carried out in a pair: derived from `measure`."""

    __table_args__ = (Index("witness_dimension", "dimension"), {"sqlite_with_rowid": False})

    pair_id: int = Field(primary_key=True, foreign_key="pair.id")
    dimension: str = Field(primary_key=True)
    effect: str
    probe_id: int = Field(foreign_key="probe.id")
    original: float
    wide: float
    witnessed: bool


class Decision(SQLModel, table=True):
    """One entry of the append-only curation log. `previous` is what an edit of a text replaced."""

    __table_args__ = (
        Index("decision_subject", "subject", "subject_id"),
        Index("decision_curator", "curator", "id"),
        Index("decision_undoes", "undoes"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: float
    curator: str
    subject: str
    subject_id: int
    action: str
    value: str = ""
    previous: str = ""
    undoes: int = 0


class Curation(SQLModel, table=True):
    """Where the curation of an image or pair stands now: derived from the log."""

    __table_args__ = {"sqlite_with_rowid": False}

    subject: str = Field(primary_key=True)
    subject_id: int = Field(primary_key=True)
    status: str = "candidate"
    stars: int = 0
    note: str = ""
    curator: str = ""


class CurationTag(SQLModel, table=True):
    """A dimension that a person said an image or pair shows (`present`), or does not: derived from the log."""

    __tablename__ = "curation_tag"
    __table_args__ = {"sqlite_with_rowid": False}

    subject: str = Field(primary_key=True)
    subject_id: int = Field(primary_key=True)
    dimension: str = Field(primary_key=True)
    present: bool = True


class Verdict(SQLModel, table=True):
    """What one person or one pairwise judge says of a pair, with the order shown and the fidelity seen.

    A person's stands until they take it back (`Withdrawal`). A judge (`scorer_id`; 0 for a person) says it once in each
    order; `store.queries.judges` makes one of the two.
    """

    __table_args__ = (
        Index("verdict_pair", "pair_id"),
        Index("verdict_judge", "judge", "id"),
        Index(
            "verdict_of_judge",
            "scorer_id",
            "pair_id",
            "order_shown",
            unique=True,
            sqlite_where=text("scorer_id > 0"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: float
    pair_id: int = Field(foreign_key="pair.id")
    judge: str
    choice: str
    order_shown: str
    fidelity: str
    scorer_id: int = Field(default=NO_SCORER, sa_column_kwargs={"server_default": text("0")})


class Answer(SQLModel, table=True):
    """What a judge said when it was asked about `item` (as claims and failures name it), and what that cost.

    One that could not be used is kept too: it was paid for. None where nobody said how much it was.
    """

    __table_args__ = (Index("answer_item", "scorer_id", "item"), Index("answer_run", "run_id"))

    id: int | None = Field(default=None, primary_key=True)
    at: float
    run_id: int
    scorer_id: int = Field(foreign_key="scorer.id")
    item: str
    usable: bool
    text: str
    tokens: int | None
    cost: float | None
    facts: str


class Withdrawal(SQLModel, table=True):
    """A verdict that was taken back. The verdict itself stays in its table, which is append-only as this one is."""

    verdict_id: int = Field(primary_key=True, foreign_key="verdict.id")
    at: float


class Run(SQLModel, table=True):
    """One request for work. `wants` says what; what is still missing is derived from the store."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    wants: str
    state: str = "queued"
    position: float
    created: float
    finished: float = 0.0


class Claim(SQLModel, table=True):
    """One piece of missing work that a worker holds until its lease lapses."""

    __table_args__ = (Index("claim_worker", "worker_id"), {"sqlite_with_rowid": False})

    stage: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    worker_id: int
    until: float


class Failure(SQLModel, table=True):
    """One piece of work that failed, with its reason. It is left alone until someone asks for a retry."""

    __table_args__ = (
        Index("failure_run", "run_id"),
        Index("failure_item", "stage", "model", "item", text(f"iif(item = '{ALL}', run_id, 0)"), unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    stage: str
    model: str
    item: str
    reason: str
    at: float


class Worker(SQLModel, table=True):
    """A worker process and what it does at this moment. A heartbeat older than the lease means it is gone."""

    id: int | None = Field(default=None, primary_key=True)
    pid: int
    host: str
    device: str
    started: float
    heartbeat: float
    run_id: int = 0
    doing: str = ""
    done: int = 0
    step: int = 0
    steps: int = 0
    stopped: float = 0.0
    reason: str = ""


class Pace(SQLModel, table=True):
    """How long one kind of work has taken on one device in all: what a run is expected to take follows from it.

    Pieces are prompts written, images made or measured, cells scored and questions answered; seconds are those of the
    whole batch, loading aside.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    stage: str = Field(primary_key=True)
    model: str = Field(primary_key=True)
    settings: str = Field(default="", primary_key=True)
    device: str = Field(primary_key=True)
    pieces: int
    seconds: float
    at: float


class Vitals(SQLModel, table=True):
    """How a worker's process, machine and graphics card fare, as of its latest heartbeat.

    Bytes of its own memory (0 where the system doesn't say), the machine's load and processors, and bytes of the card
    in use and in all (0 without a card), and how busy the card is in percent (-1 where nobody can tell).
    """

    worker_id: int = Field(primary_key=True, foreign_key="worker.id")
    resident: int = 0
    load: float = 0.0
    processors: int = 0
    memory_used: int = 0
    memory_total: int = 0
    busy: int = -1
