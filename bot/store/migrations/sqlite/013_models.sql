-- What asking a language model cost, in billionths of a US dollar: by UTC day, by who pays and what for.
CREATE TABLE spending (
    day     TEXT NOT NULL,
    pot     TEXT NOT NULL,
    space   TEXT NOT NULL,
    user    TEXT NOT NULL,
    purpose TEXT NOT NULL,
    model   TEXT NOT NULL,
    calls   INTEGER NOT NULL,
    input   INTEGER NOT NULL,
    cached  INTEGER NOT NULL,
    output  INTEGER NOT NULL,
    cost    INTEGER NOT NULL,
    PRIMARY KEY (day, space, user, pot, purpose, model)
) STRICT, WITHOUT ROWID;

-- What is set aside for calls under way; one that is never settled counts until a moment.
CREATE TABLE reserved (
    id     TEXT PRIMARY KEY,
    day    TEXT NOT NULL,
    pot    TEXT NOT NULL,
    space  TEXT NOT NULL,
    user   TEXT NOT NULL,
    amount INTEGER NOT NULL,
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a language model returned, as JSON, by a hash of what it was asked; what comes of a space's own text is that space's.
CREATE TABLE completions (
    space TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    at    TEXT NOT NULL,
    PRIMARY KEY (space, key)
) STRICT;
CREATE INDEX completions_at ON completions (at);
