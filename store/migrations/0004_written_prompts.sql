-- How each P_a came to be: by which writer, from what, and what a person changed in it.
CREATE TABLE writer (
  id INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  version VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name, version)
);

CREATE TABLE written_prompt (
  id INTEGER NOT NULL,
  writer_id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  original_prompt_id INTEGER NOT NULL,
  prompt_id INTEGER NOT NULL,
  asks VARCHAR NOT NULL,
  seed INTEGER NOT NULL,
  facts VARCHAR NOT NULL,
  author VARCHAR NOT NULL,
  edited_from INTEGER NOT NULL,
  pair_id INTEGER NOT NULL,
  created FLOAT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (writer_id, "key"),
  FOREIGN KEY(writer_id) REFERENCES writer (id),
  FOREIGN KEY(original_prompt_id) REFERENCES prompt (id),
  FOREIGN KEY(prompt_id) REFERENCES prompt (id),
  FOREIGN KEY(edited_from) REFERENCES prompt (id)
);

ALTER TABLE pair ADD COLUMN written_id INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER written_prompt_is_kept BEFORE DELETE ON written_prompt BEGIN
  SELECT RAISE(ABORT, 'what was written is kept');
END;
CREATE TRIGGER written_prompt_is_final BEFORE UPDATE ON written_prompt BEGIN
  SELECT RAISE(ABORT, 'what was written is never rewritten: add another');
END;
