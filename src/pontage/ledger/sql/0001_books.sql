-- Times are microseconds since 1970 in UTC, money is nano-USD (10^-9), counts are tokens. NULL: not known, or not yet.

CREATE TABLE request (
    id       TEXT NOT NULL PRIMARY KEY,      -- what x-request-id told the client
    began    INTEGER NOT NULL,
    ended    INTEGER,
    model    TEXT NOT NULL,                  -- as the caller wrote it
    route    TEXT NOT NULL,                  -- the virtual model, or provider/model
    client   TEXT,                           -- the caller's format; NULL: the SDK
    key      TEXT,                           -- the id of the virtual key
    tags     TEXT NOT NULL DEFAULT '[]',     -- a JSON array
    stream   INTEGER NOT NULL DEFAULT 0,
    status   INTEGER,                        -- what the client was told
    error    TEXT,                           -- PTG-nnnn
    notes    TEXT NOT NULL DEFAULT '[]'      -- a JSON array: kind:where
) STRICT, WITHOUT ROWID;

CREATE INDEX request_began ON request (began);

-- One try at one provider. While it is `reserved` it is a hold on the counters it names.
CREATE TABLE attempt (
    request        TEXT NOT NULL,
    number         INTEGER NOT NULL,
    state          TEXT NOT NULL DEFAULT 'reserved' CHECK (state IN ('reserved', 'settled', 'voided', 'expired')),
    began          INTEGER NOT NULL,
    first          INTEGER,                  -- the first content
    ended          INTEGER,
    provider       TEXT NOT NULL,            -- by its configured name
    model          TEXT NOT NULL,            -- the provider's name for it
    simulated      INTEGER NOT NULL DEFAULT 0,
    held           INTEGER NOT NULL DEFAULT 0,
    counters       TEXT NOT NULL DEFAULT '[]', -- a JSON array of [counter, what is held of it]
    checkpoint     INTEGER,                  -- what it had cost when that was last known
    outcome        TEXT,                     -- "200", "429", "timeout-first_byte"...
    error          TEXT,
    stop           TEXT,
    input          INTEGER,
    cache_read     INTEGER,
    cache_write    INTEGER,
    cache_write_5m INTEGER,
    cache_write_1h INTEGER,
    input_audio    INTEGER,
    input_image    INTEGER,
    input_video    INTEGER,
    output         INTEGER,
    reasoning      INTEGER,
    output_audio   INTEGER,
    web_searches   INTEGER,
    search_units   INTEGER,
    audio_seconds  INTEGER,
    cost           INTEGER,
    breakdown      TEXT,                     -- a JSON array of [bucket, quantity, pico-USD a unit]
    price          TEXT,                     -- who says so: provider, prices, catalogue
    estimated      INTEGER NOT NULL DEFAULT 0,
    truncated      INTEGER NOT NULL DEFAULT 0,
    unreconciled   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (request, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_began ON attempt (began);
CREATE INDEX attempt_open ON attempt (began) WHERE state = 'reserved';

-- What is spent and held of a budget in one of its periods. `carried` is what rows that are deleted by now had cost.
CREATE TABLE counter (
    id      INTEGER PRIMARY KEY,
    budget  TEXT NOT NULL,
    subject TEXT NOT NULL,
    period  INTEGER NOT NULL,                -- when the period began, in seconds
    settled INTEGER NOT NULL DEFAULT 0,
    held    INTEGER NOT NULL DEFAULT 0,
    carried INTEGER NOT NULL DEFAULT 0,
    UNIQUE (budget, subject, period)
) STRICT;
