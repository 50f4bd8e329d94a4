-- The post that a parent asked to have kept until a reminder, and when that comes. One for each
-- reminder, and nowhere else: not in the outbox, whose rows outlive their delivery.

CREATE TABLE kept (
    reminder TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    post TEXT NOT NULL,
    due BIGINT NOT NULL
);
