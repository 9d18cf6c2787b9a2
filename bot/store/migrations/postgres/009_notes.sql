-- Who noted which conversation of a space, and when; by that it is forgotten. The row is there before what it is about.
CREATE TABLE notes (
    conversation TEXT COLLATE "C" PRIMARY KEY,
    tenant       TEXT COLLATE "C" NOT NULL,
    "user"       TEXT COLLATE "C" NOT NULL,
    at           TEXT COLLATE "C" NOT NULL
);
CREATE INDEX notes_by_age ON notes (at);
