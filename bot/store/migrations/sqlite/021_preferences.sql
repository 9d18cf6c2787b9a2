-- Whether a person wants more (1) or less (-1) about a name in the briefs of a channel.
CREATE TABLE preferences (
    address TEXT NOT NULL,
    tenant  TEXT NOT NULL,
    user    TEXT NOT NULL,
    name    TEXT NOT NULL,
    weight  INTEGER NOT NULL CHECK (weight IN (-1, 1)),
    at      TEXT NOT NULL,
    PRIMARY KEY (address, name, user)
) STRICT, WITHOUT ROWID;
