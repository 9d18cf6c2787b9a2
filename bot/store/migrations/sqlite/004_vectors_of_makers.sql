-- Vectors in tables of their own: those of several makers lie side by side, as only one maker's compare. "made" says
-- what is new since somebody last looked, in whatever order rows were taken.
CREATE TABLE vectors_of_passages (
    made   INTEGER PRIMARY KEY AUTOINCREMENT,
    maker  TEXT NOT NULL,
    id     INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (id, maker)
) STRICT;
CREATE TABLE vectors_of_claims (
    made   INTEGER PRIMARY KEY AUTOINCREMENT,
    maker  TEXT NOT NULL,
    id     INTEGER NOT NULL REFERENCES claims (id) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (id, maker)
) STRICT;

INSERT INTO vectors_of_passages (maker, id, vector)
SELECT maker, id, vector FROM passages JOIN vectors_made_by WHERE vector IS NOT NULL ORDER BY id;
INSERT INTO vectors_of_claims (maker, id, vector)
SELECT maker, id, vector FROM claims JOIN vectors_made_by WHERE vector IS NOT NULL ORDER BY id;

DROP TABLE vectors_made_by;
DROP INDEX passages_without_vector;
DROP INDEX claims_without_vector;
ALTER TABLE passages DROP COLUMN vector;
ALTER TABLE claims DROP COLUMN vector;
