-- The words of pairs of one sweep are drawn by one seed; without it pairs that happen to ask for the same look like one.

ALTER TABLE pair ADD COLUMN words_seed INTEGER NOT NULL DEFAULT 0;
UPDATE pair SET words_seed = (SELECT seed FROM written_prompt w WHERE w.id = written_id) WHERE written_id;
