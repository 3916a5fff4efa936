-- A run that gives a model up (item '*') says so for itself: a later run that does the same must not take its row.

CREATE TABLE failure_of_runs (
  id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  stage VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  item VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  at FLOAT NOT NULL,
  PRIMARY KEY (id),
  FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO failure_of_runs SELECT * FROM failure;
DROP TABLE failure;
ALTER TABLE failure_of_runs RENAME TO failure;
CREATE INDEX failure_run ON failure (run_id);
CREATE UNIQUE INDEX failure_item ON failure (stage, model, item, iif(item = '*', run_id, 0));
