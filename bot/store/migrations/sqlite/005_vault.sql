-- What others entrusted to us: names in clear, values encrypted with a key that is not in this file.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
