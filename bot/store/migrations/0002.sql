-- What happens to a letter after it was queued, and clocks that are set.

-- When the row was queued or put back, by our clock: never in the future.
ALTER TABLE outbox ADD COLUMN put_at BIGINT NOT NULL DEFAULT 0;
-- A parked letter that a person has taken care of.
ALTER TABLE outbox ADD COLUMN settled_at BIGINT;

UPDATE outbox SET put_at = created;

CREATE INDEX outbox_message_id ON outbox (message_id) WHERE kind = 'letter';

-- What was decided about a letter later. Addresses of the school, never of a parent.
CREATE TABLE audit (
    at BIGINT NOT NULL,
    id TEXT NOT NULL,
    what TEXT NOT NULL
);

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_id ON audit (id);
