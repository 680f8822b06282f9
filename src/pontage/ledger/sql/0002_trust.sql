-- A virtual key: never the key itself, only its digest under the server's pepper.
CREATE TABLE key (
    id       TEXT NOT NULL PRIMARY KEY,
    digest   BLOB NOT NULL UNIQUE,
    record   TEXT NOT NULL,                  -- JSON: name, rights, times
    used     INTEGER                         -- last, in microseconds
) STRICT, WITHOUT ROWID;

-- A provider's key, sealed: a data key of its own under the master key, its use bound to one origin.
CREATE TABLE secret (
    name     TEXT NOT NULL PRIMARY KEY,
    record   TEXT NOT NULL                   -- JSON: provider, origin, version, nonces and ciphertexts
) STRICT, WITHOUT ROWID;

-- Who changed what. Each row's hash covers the one before it.
CREATE TABLE audit (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,                  -- JSON
    hash     BLOB NOT NULL
) STRICT;
