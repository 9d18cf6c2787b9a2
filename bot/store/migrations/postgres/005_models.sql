-- What asking a language model cost, in billionths of a US dollar: by UTC day, by who pays and what for.
CREATE TABLE spending (
    day     TEXT COLLATE "C" NOT NULL,
    pot     TEXT COLLATE "C" NOT NULL,
    space   TEXT COLLATE "C" NOT NULL,
    "user"  TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    model   TEXT COLLATE "C" NOT NULL,
    calls   BIGINT NOT NULL,
    input   BIGINT NOT NULL,
    cached  BIGINT NOT NULL,
    output  BIGINT NOT NULL,
    cost    BIGINT NOT NULL,
    PRIMARY KEY (day, space, "user", pot, purpose, model)
);

-- What is set aside for calls under way; one that is never settled counts until a moment.
CREATE TABLE reserved (
    id     TEXT COLLATE "C" PRIMARY KEY,
    day    TEXT COLLATE "C" NOT NULL,
    pot    TEXT COLLATE "C" NOT NULL,
    space  TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    until  TEXT COLLATE "C" NOT NULL
);

-- What a language model returned, as JSON, by a hash of what it was asked; what comes of a space's own text is that space's.
CREATE TABLE completions (
    space TEXT COLLATE "C" NOT NULL,
    key   TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    at    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (space, key)
);
CREATE INDEX completions_at ON completions (at);
