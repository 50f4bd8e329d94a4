-- Answers from school: what came in, how far a mailbox was read, and how a thread stands.

-- When the parent last wrote, when anybody last wrote, when school last answered.
ALTER TABLE concern ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE concern ADD COLUMN last_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE concern ADD COLUMN answered_at BIGINT;
-- What the parent said became of it: 'sorted', 'not_sorted', or nothing yet.
ALTER TABLE concern ADD COLUMN settled TEXT NOT NULL DEFAULT '';
-- How often school was reminded of the promised day, and whether the parent was asked "sorted?".
ALTER TABLE concern ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE concern ADD COLUMN was_asked INTEGER NOT NULL DEFAULT 0;

-- Of older concerns nobody knows how they were answered: no reminders of those.
UPDATE concern SET asked_at = created, last_at = created, reminded = 2;

-- Each mail that was for us, once, known by the digest of its bytes. `raw` is the mail in base64,
-- and is emptied when the thread ends.
CREATE TABLE inbound (
    id TEXT PRIMARY KEY,
    raw TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    received BIGINT NOT NULL,
    released_at BIGINT
);

CREATE INDEX inbound_received ON inbound (received);
CREATE INDEX inbound_reference ON inbound (reference);

CREATE TABLE mailbox (
    place TEXT PRIMARY KEY,
    uidvalidity BIGINT NOT NULL,
    uid BIGINT NOT NULL
);

-- The outbox again, as a database cannot change a check: with answers, with how many parts of one
-- were told, and with `part`: which part of its thread a letter is. Empty: the concern itself.
-- A reference: what the parent added under it. From '+' on: something of ours to the office.
CREATE TABLE outbox_with_answers (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('letter', 'notice', 'reminder', 'answer')),
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
    last_error TEXT NOT NULL,
    put_at BIGINT NOT NULL DEFAULT 0,
    settled_at BIGINT,
    part TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0
);

INSERT INTO outbox_with_answers (
    id, kind, via, conversation, reference, role, sender, recipient, message_id, language, payload,
    created, due, tries, uncertain, lease_owner, lease_until, sent_at, parked_at, last_error,
    put_at, settled_at
) SELECT
    id, kind, via, conversation, reference, role, sender, recipient, message_id, language, payload,
    created, due, tries, uncertain, lease_owner, lease_until, sent_at, parked_at, last_error,
    put_at, settled_at
FROM outbox;

DROP TABLE outbox;

ALTER TABLE outbox_with_answers RENAME TO outbox;

CREATE INDEX outbox_due ON outbox (via, due) WHERE sent_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_reference ON outbox (reference);
CREATE INDEX outbox_conversation ON outbox (conversation);
CREATE INDEX outbox_message_id ON outbox (message_id) WHERE kind = 'letter';
CREATE INDEX outbox_left ON outbox (kind, created) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (kind) WHERE sent_at IS NOT NULL;
