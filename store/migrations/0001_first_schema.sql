-- The first schema. A released migration is never edited: a change is a new file.
CREATE TABLE blob (
  sha256 VARCHAR NOT NULL,
  suffix VARCHAR NOT NULL,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  PRIMARY KEY (sha256)
);

CREATE TABLE claim (
  stage VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  item VARCHAR NOT NULL,
  worker_id INTEGER NOT NULL,
  until FLOAT NOT NULL,
  PRIMARY KEY (stage, model, item)
) WITHOUT ROWID;

CREATE INDEX claim_worker ON claim (worker_id);

CREATE TABLE curation (
  subject VARCHAR NOT NULL,
  subject_id INTEGER NOT NULL,
  status VARCHAR NOT NULL,
  stars INTEGER NOT NULL,
  note VARCHAR NOT NULL,
  curator VARCHAR NOT NULL,
  PRIMARY KEY (subject, subject_id)
) WITHOUT ROWID;

CREATE TABLE curation_tag (
  subject VARCHAR NOT NULL,
  subject_id INTEGER NOT NULL,
  dimension VARCHAR NOT NULL,
  present BOOLEAN NOT NULL,
  PRIMARY KEY (subject, subject_id, dimension)
) WITHOUT ROWID;

CREATE TABLE decision (
  id INTEGER NOT NULL,
  at FLOAT NOT NULL,
  curator VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  subject_id INTEGER NOT NULL,
  action VARCHAR NOT NULL,
  value VARCHAR NOT NULL,
  previous VARCHAR NOT NULL,
  undoes INTEGER NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX decision_curator ON decision (curator, id);

CREATE INDEX decision_subject ON decision (subject, subject_id);

CREATE INDEX decision_undoes ON decision (undoes);

CREATE TABLE probe (
  id INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name, version)
);

CREATE TABLE prompt (
  id INTEGER NOT NULL,
  text VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (text)
);

CREATE TABLE run (
  id INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  wants VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  position FLOAT NOT NULL,
  created FLOAT NOT NULL,
  finished FLOAT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE scorer (
  id INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  origin VARCHAR NOT NULL,
  role VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  reads_prompt BOOLEAN NOT NULL,
  about VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name, version, origin)
);

CREATE TABLE source (
  id INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  base VARCHAR NOT NULL,
  about VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name, version)
);

CREATE TABLE worker (
  id INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  host VARCHAR NOT NULL,
  device VARCHAR NOT NULL,
  started FLOAT NOT NULL,
  heartbeat FLOAT NOT NULL,
  run_id INTEGER NOT NULL,
  doing VARCHAR NOT NULL,
  done INTEGER NOT NULL,
  step INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  stopped FLOAT NOT NULL,
  reason VARCHAR NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE failure (
  id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  stage VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  item VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  at FLOAT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (stage, model, item),
  FOREIGN KEY(run_id) REFERENCES run (id)
);

CREATE INDEX failure_run ON failure (run_id);

CREATE TABLE image (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  provenance VARCHAR NOT NULL,
  created FLOAT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key"),
  FOREIGN KEY(sha256) REFERENCES blob (sha256)
);

CREATE INDEX ix_image_sha256 ON image (sha256);

CREATE TABLE generation (
  id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  prompt_id INTEGER NOT NULL,
  input_image_id INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  settings_hash VARCHAR NOT NULL,
  settings VARCHAR NOT NULL,
  image_id INTEGER NOT NULL,
  seconds FLOAT NOT NULL,
  created FLOAT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (source_id, prompt_id, input_image_id, seed, settings_hash),
  FOREIGN KEY(source_id) REFERENCES source (id),
  FOREIGN KEY(prompt_id) REFERENCES prompt (id),
  FOREIGN KEY(image_id) REFERENCES image (id)
);

CREATE INDEX ix_generation_image_id ON generation (image_id);

CREATE TABLE measure (
  image_id INTEGER NOT NULL,
  probe_id INTEGER NOT NULL,
  value FLOAT,
  PRIMARY KEY (image_id, probe_id),
  FOREIGN KEY(image_id) REFERENCES image (id),
  FOREIGN KEY(probe_id) REFERENCES probe (id)
) WITHOUT ROWID;

CREATE TABLE pair (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  source_id INTEGER NOT NULL,
  original_prompt_id INTEGER NOT NULL,
  wide_prompt_id INTEGER NOT NULL,
  original_image_id INTEGER NOT NULL,
  wide_image_id INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  writer VARCHAR NOT NULL,
  created FLOAT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key"),
  FOREIGN KEY(source_id) REFERENCES source (id),
  FOREIGN KEY(original_prompt_id) REFERENCES prompt (id),
  FOREIGN KEY(wide_prompt_id) REFERENCES prompt (id),
  FOREIGN KEY(original_image_id) REFERENCES image (id),
  FOREIGN KEY(wide_image_id) REFERENCES image (id)
);

CREATE INDEX pair_original_image ON pair (original_image_id);

CREATE INDEX pair_original_prompt ON pair (original_prompt_id);

CREATE INDEX pair_source ON pair (source_id);

CREATE INDEX pair_wide_image ON pair (wide_image_id);

CREATE INDEX pair_wide_prompt ON pair (wide_prompt_id);

CREATE TABLE photograph (
  image_id INTEGER NOT NULL,
  title VARCHAR NOT NULL,
  author VARCHAR NOT NULL,
  license VARCHAR NOT NULL,
  license_url VARCHAR NOT NULL,
  url VARCHAR NOT NULL,
  collection VARCHAR NOT NULL,
  conventional BOOLEAN NOT NULL,
  caption_id INTEGER NOT NULL,
  wide_prompt_id INTEGER NOT NULL,
  PRIMARY KEY (image_id),
  FOREIGN KEY(image_id) REFERENCES image (id),
  FOREIGN KEY(caption_id) REFERENCES prompt (id),
  FOREIGN KEY(wide_prompt_id) REFERENCES prompt (id)
);

CREATE INDEX photograph_caption ON photograph (caption_id);

CREATE TABLE score (
  scorer_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL,
  prompt_id INTEGER NOT NULL,
  dimension VARCHAR NOT NULL,
  value FLOAT NOT NULL,
  truncated BOOLEAN NOT NULL,
  PRIMARY KEY (scorer_id, image_id, prompt_id, dimension),
  FOREIGN KEY(scorer_id) REFERENCES scorer (id),
  FOREIGN KEY(image_id) REFERENCES image (id),
  FOREIGN KEY(prompt_id) REFERENCES prompt (id)
) WITHOUT ROWID;

CREATE INDEX score_image ON score (image_id);

CREATE TABLE margin (
  scorer_id INTEGER NOT NULL,
  pair_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  cluster INTEGER NOT NULL,
  oiop FLOAT,
  oidp FLOAT NOT NULL,
  diop FLOAT,
  didp FLOAT NOT NULL,
  margin FLOAT NOT NULL,
  truncated BOOLEAN NOT NULL,
  PRIMARY KEY (scorer_id, pair_id),
  FOREIGN KEY(scorer_id) REFERENCES scorer (id),
  FOREIGN KEY(pair_id) REFERENCES pair (id)
) WITHOUT ROWID;

CREATE INDEX margin_order ON margin (scorer_id, margin, pair_id);

CREATE INDEX margin_pair ON margin (pair_id);

CREATE TABLE pair_dimension (
  dimension VARCHAR NOT NULL,
  pair_id INTEGER NOT NULL,
  effect VARCHAR NOT NULL,
  strength FLOAT NOT NULL,
  asked BOOLEAN NOT NULL,
  PRIMARY KEY (dimension, pair_id),
  FOREIGN KEY(pair_id) REFERENCES pair (id)
) WITHOUT ROWID;

CREATE INDEX pair_dimension_pair ON pair_dimension (pair_id, asked);

CREATE TABLE tally (
  scorer_id INTEGER NOT NULL,
  dimension VARCHAR NOT NULL,
  cluster INTEGER NOT NULL,
  n INTEGER NOT NULL,
  wins INTEGER NOT NULL,
  ties INTEGER NOT NULL,
  margins FLOAT NOT NULL,
  truncated INTEGER NOT NULL,
  PRIMARY KEY (scorer_id, dimension, cluster),
  FOREIGN KEY(scorer_id) REFERENCES scorer (id)
) WITHOUT ROWID;

CREATE TABLE photograph_dimension (
  image_id INTEGER NOT NULL,
  dimension VARCHAR NOT NULL,
  PRIMARY KEY (image_id, dimension),
  FOREIGN KEY(image_id) REFERENCES photograph (image_id)
) WITHOUT ROWID;

CREATE TABLE verdict (
  id INTEGER NOT NULL,
  at FLOAT NOT NULL,
  pair_id INTEGER NOT NULL,
  judge VARCHAR NOT NULL,
  choice VARCHAR NOT NULL,
  order_shown VARCHAR NOT NULL,
  fidelity VARCHAR NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY(pair_id) REFERENCES pair (id)
);

CREATE INDEX verdict_pair ON verdict (pair_id);

CREATE TABLE witness (
  pair_id INTEGER NOT NULL,
  dimension VARCHAR NOT NULL,
  effect VARCHAR NOT NULL,
  probe_id INTEGER NOT NULL,
  original FLOAT NOT NULL,
  wide FLOAT NOT NULL,
  witnessed BOOLEAN NOT NULL,
  PRIMARY KEY (pair_id, dimension),
  FOREIGN KEY(pair_id) REFERENCES pair (id),
  FOREIGN KEY(probe_id) REFERENCES probe (id)
) WITHOUT ROWID;

CREATE INDEX witness_dimension ON witness (dimension);

INSERT INTO prompt (id, text) VALUES (0, '');

-- Full-text search over prompts, kept in step by triggers.
CREATE VIRTUAL TABLE prompt_search USING fts5(text, content='prompt', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE TRIGGER prompt_inserted AFTER INSERT ON prompt BEGIN
  INSERT INTO prompt_search (rowid, text) VALUES (new.id, new.text);
END;

-- The log of decisions, the verdicts and the prompts that scores refer to are append-only.
CREATE TRIGGER decision_is_kept BEFORE DELETE ON decision BEGIN
  SELECT RAISE(ABORT, 'the curation log is append-only');
END;
CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision BEGIN
  SELECT RAISE(ABORT, 'the curation log is append-only');
END;
CREATE TRIGGER verdict_is_kept BEFORE DELETE ON verdict BEGIN
  SELECT RAISE(ABORT, 'verdicts are append-only');
END;
CREATE TRIGGER verdict_is_final BEFORE UPDATE ON verdict BEGIN
  SELECT RAISE(ABORT, 'verdicts are append-only');
END;
CREATE TRIGGER prompt_is_final BEFORE UPDATE ON prompt BEGIN
  SELECT RAISE(ABORT, 'a prompt is never rewritten: add another');
END;
