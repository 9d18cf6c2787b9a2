-- Who noted which conversation of a space, and when; by that it is forgotten. The row is there before what it is about.
CREATE TABLE notes (
    conversation TEXT PRIMARY KEY,
    tenant       TEXT NOT NULL,
    "user"       TEXT NOT NULL,
    at           TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_age ON notes (at);
