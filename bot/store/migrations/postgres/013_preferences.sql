-- Whether a person wants more (1) or less (-1) about a name in the briefs of a channel.
CREATE TABLE preferences (
    address TEXT COLLATE "C" NOT NULL,
    tenant  TEXT COLLATE "C" NOT NULL,
    "user"  TEXT COLLATE "C" NOT NULL,
    name    TEXT COLLATE "C" NOT NULL,
    weight  BIGINT NOT NULL CHECK (weight IN (-1, 1)),
    at      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (address, name, "user")
);
