-- How quickly work was done here, and how the machines of the workers fare.

CREATE TABLE pace (
  stage VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  settings VARCHAR NOT NULL,
  device VARCHAR NOT NULL,
  pieces INTEGER NOT NULL,
  seconds FLOAT NOT NULL,
  at FLOAT NOT NULL,
  PRIMARY KEY (stage, model, settings, device)
) WITHOUT ROWID;

CREATE TABLE vitals (
  worker_id INTEGER NOT NULL,
  resident INTEGER NOT NULL,
  load FLOAT NOT NULL,
  processors INTEGER NOT NULL,
  memory_used INTEGER NOT NULL,
  memory_total INTEGER NOT NULL,
  busy INTEGER NOT NULL,
  PRIMARY KEY (worker_id),
  FOREIGN KEY(worker_id) REFERENCES worker (id)
);
