-- What is asked only where several processes share one database (PostgreSQL).

-- name: hold(what)$
-- Until the end of the transaction, also when there is no row of it yet.
SELECT pg_advisory_xact_lock(hashtextextended(:what, 0));

-- name: via_of(id)$
SELECT via FROM outbox WHERE id = :id;

-- name: waiting_of(reference)
SELECT id, via FROM outbox
WHERE reference = :reference AND kind = 'letter' AND sent_at IS NULL AND parked_at IS NULL;

-- name: forget_jobs(conversation)!
DELETE FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'id' IN (
    SELECT id FROM outbox WHERE conversation = :conversation AND kind <> 'letter'
);
