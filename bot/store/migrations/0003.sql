-- How the outbox is, counted without reading what has arrived long ago.

CREATE INDEX outbox_left ON outbox (kind, created) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (kind) WHERE sent_at IS NOT NULL;
