-- A verdict can be taken back. It stays; that it no longer stands is said beside it, for good.
CREATE TABLE withdrawal (
  verdict_id INTEGER NOT NULL,
  at FLOAT NOT NULL,
  PRIMARY KEY (verdict_id),
  FOREIGN KEY(verdict_id) REFERENCES verdict (id)
);

CREATE INDEX verdict_judge ON verdict (judge, id);

CREATE TRIGGER withdrawal_is_kept BEFORE DELETE ON withdrawal BEGIN
  SELECT RAISE(ABORT, 'verdicts are append-only, and so is their undo');
END;
CREATE TRIGGER withdrawal_is_final BEFORE UPDATE ON withdrawal BEGIN
  SELECT RAISE(ABORT, 'verdicts are append-only, and so is their undo');
END;
