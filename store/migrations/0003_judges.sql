-- Judges: models that are asked in words. Their verdicts stand beside people's, and every answer keeps what it cost.

-- 0 is a person.
ALTER TABLE verdict ADD COLUMN scorer_id INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX verdict_of_judge ON verdict (scorer_id, pair_id, order_shown) WHERE scorer_id > 0;

CREATE TABLE answer (
  id INTEGER NOT NULL,
  at FLOAT NOT NULL,
  run_id INTEGER NOT NULL,
  scorer_id INTEGER NOT NULL,
  item VARCHAR NOT NULL,
  usable BOOLEAN NOT NULL,
  text VARCHAR NOT NULL,
  tokens INTEGER,
  cost FLOAT,
  facts VARCHAR NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY(scorer_id) REFERENCES scorer (id)
);

CREATE INDEX answer_item ON answer (scorer_id, item);
CREATE INDEX answer_run ON answer (run_id);

CREATE TRIGGER answer_is_kept BEFORE DELETE ON answer BEGIN
  SELECT RAISE(ABORT, 'answers are append-only');
END;
CREATE TRIGGER answer_is_final BEFORE UPDATE ON answer BEGIN
  SELECT RAISE(ABORT, 'answers are append-only');
END;
