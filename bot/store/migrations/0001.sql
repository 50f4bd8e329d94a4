-- The first schema. Times are milliseconds since 1970, UTC; a conversation is "channel:id".
-- Never edit a migration that was released: add the next number.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE session (
    conversation TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    language TEXT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE INDEX session_updated ON session (updated);

CREATE TABLE seen (
    conversation TEXT NOT NULL,
    message TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation, message)
);

CREATE INDEX seen_at ON seen (at);

-- No words of a parent here. The conversation is emptied when the link is no longer needed.
CREATE TABLE concern (
    reference TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    kind TEXT NOT NULL,
    roles TEXT NOT NULL,
    language TEXT NOT NULL,
    promised TEXT,
    created BIGINT NOT NULL
);

CREATE INDEX concern_conversation ON concern (conversation, created);

-- What leaves: letters (via 'mail'), notices and reminders (via the name of a channel).
-- The id says what the row is, so the same thing cannot be queued twice.
-- The payload of a letter is the whole message, and is emptied once the school has it.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('letter', 'notice', 'reminder')),
    via TEXT NOT NULL,
    conversation TEXT NOT NULL,
    reference TEXT REFERENCES concern (reference),
    role TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    message_id TEXT NOT NULL,
    language TEXT NOT NULL,
    payload TEXT NOT NULL,
    created BIGINT NOT NULL,
    due BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    uncertain INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    sent_at BIGINT,
    parked_at BIGINT,
    last_error TEXT NOT NULL
);

CREATE INDEX outbox_due ON outbox (via, due) WHERE sent_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_reference ON outbox (reference);
CREATE INDEX outbox_conversation ON outbox (conversation);

CREATE TABLE counter (
    day TEXT NOT NULL,
    what TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, what)
);
