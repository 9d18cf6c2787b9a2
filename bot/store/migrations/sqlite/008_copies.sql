-- Only in a copy: when it was taken, until the bot runs on it.
CREATE TABLE copies (taken TEXT NOT NULL) STRICT;
