-- The language in which a channel, or somebody in direct messages, wants to be told things.
CREATE TABLE languages (
    address  TEXT COLLATE "C" PRIMARY KEY,
    tenant   TEXT COLLATE "C" NOT NULL,
    "user"   TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL
);
