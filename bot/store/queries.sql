-- Every question we put to the database, by name. Plain SQL that SQLite and PostgreSQL both read.

-- name: meta(key)$
SELECT value FROM meta WHERE key = :key;

-- name: set_meta(key, value)!
INSERT INTO meta (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;


-- Turns

-- All that a turn needs to know before it is taken.
-- name: known(conversation, message, reference, alias, since, reminder)^
SELECT
    (SELECT session FROM session WHERE conversation = :conversation),
    EXISTS (SELECT 1 FROM seen WHERE conversation = :conversation AND message = :message),
    EXISTS (SELECT 1 FROM concern WHERE reference = :reference),
    (SELECT COUNT(*) FROM concern
        WHERE conversation IN (:conversation, :alias) AND created >= :since),
    (SELECT due FROM outbox WHERE id = :reminder AND sent_at IS NULL AND parked_at IS NULL),
    COALESCE((SELECT post FROM kept WHERE reminder = :reminder), '');

-- name: was_seen(conversation, message)$
SELECT 1 FROM seen WHERE conversation = :conversation AND message = :message;

-- name: note_seen(conversation, message, at)!
INSERT INTO seen (conversation, message, at) VALUES (:conversation, :message, :at)
ON CONFLICT (conversation, message) DO NOTHING;

-- name: heard(like, most)
SELECT conversation, message FROM (
    SELECT conversation, message,
        ROW_NUMBER() OVER (PARTITION BY conversation ORDER BY at DESC) AS back
    FROM seen WHERE conversation LIKE :like
) AS lately WHERE back <= :most;

-- name: session(conversation)$
SELECT session FROM session WHERE conversation = :conversation;

-- name: save_session(conversation, session, language, updated)!
INSERT INTO session (conversation, session, language, updated)
VALUES (:conversation, :session, :language, :updated)
ON CONFLICT (conversation) DO UPDATE
SET session = excluded.session, language = excluded.language, updated = excluded.updated;

-- name: count(day, what)!
INSERT INTO counter (day, what, n) VALUES (:day, :what, 1)
ON CONFLICT (day, what) DO UPDATE SET n = counter.n + 1;

-- name: counted(what)$
SELECT COALESCE(SUM(n), 0) FROM counter WHERE what = :what;


-- Concerns

-- name: add_concern(reference, conversation, kind, roles, language, promised, created)!
INSERT INTO concern (
    reference, conversation, kind, roles, language, promised, created, asked_at, last_at
) VALUES (
    :reference, :conversation, :kind, :roles, :language, :promised, :created, :created, :created
)
ON CONFLICT (reference) DO NOTHING;

-- name: has_concern(reference)$
SELECT 1 FROM concern WHERE reference = :reference;


-- Outbox: in

-- name: queue(id, kind, via, conversation, reference, part, role, sender, recipient, message_id, language, payload, created, due, put_at)!
INSERT INTO outbox (
    id, kind, via, conversation, reference, part, role, sender, recipient, message_id, language,
    payload, created, due, put_at, tries, uncertain, lease_owner, lease_until, last_error
) VALUES (
    :id, :kind, :via, :conversation, :reference, :part, :role, :sender, :recipient, :message_id,
    :language, :payload, :created, :due, :put_at, 0, 0, '', 0, ''
) ON CONFLICT (id) DO NOTHING;

-- name: drop(id)!
DELETE FROM outbox WHERE id = :id;

-- name: keep_post(id, conversation, post, due)!
INSERT INTO kept (reminder, conversation, post, due) VALUES (:id, :conversation, :post, :due);

-- name: wipe_post(id)!
DELETE FROM kept WHERE reminder = :id;

-- name: withdraw_notices(reference, part)!
DELETE FROM outbox
WHERE reference = :reference AND part = :part AND kind = 'notice' AND sent_at IS NULL;

-- name: withdraw_overdue(reference)!
DELETE FROM outbox
WHERE reference = :reference AND sent_at IS NULL AND parked_at IS NULL AND (
    kind = 'notice' AND SUBSTR(id, 1, 15) = 'notice/overdue/'
    OR kind = 'letter' AND SUBSTR(part, 1, 8) = '+overdue'
);


-- Outbox: out. A lease that ends later than any lease can was made by a clock that ran ahead.

-- name: due(via, only, now, horizon, most)
SELECT id, conversation FROM outbox
WHERE via = :via AND sent_at IS NULL AND parked_at IS NULL
    AND due <= :now AND (lease_until <= :now OR lease_until > :horizon)
    AND (:only = '' OR conversation = :only)
ORDER BY due LIMIT :most;

-- name: next_due(via, only)$
SELECT MIN(CASE WHEN lease_until > due THEN lease_until ELSE due END) FROM outbox
WHERE via = :via AND sent_at IS NULL AND parked_at IS NULL
    AND (:only = '' OR conversation = :only);

-- name: unfinished(via, only, now)$
SELECT COUNT(*) FROM outbox
WHERE via = :via AND sent_at IS NULL AND parked_at IS NULL AND due <= :now
    AND (:only = '' OR conversation = :only);

-- name: lease(id, owner, now, until, horizon)!
UPDATE outbox
SET tries = tries + 1, uncertain = CASE WHEN lease_owner = '' THEN uncertain ELSE 1 END,
    lease_owner = :owner, lease_until = :until
WHERE id = :id AND sent_at IS NULL AND parked_at IS NULL
    AND due <= :now AND (lease_until <= :now OR lease_until > :horizon);

-- name: leased(id)^
SELECT outbox.id, outbox.kind, outbox.via, outbox.conversation,
    COALESCE(outbox.reference, ''), outbox.part, outbox.role,
    outbox.sender, outbox.recipient, outbox.message_id,
    COALESCE(session.language, outbox.language), outbox.payload, outbox.created, outbox.tries,
    outbox.uncertain, outbox.lease_owner, outbox.told
FROM outbox LEFT JOIN session ON session.conversation = outbox.conversation
WHERE outbox.id = :id;

-- name: renew(id, owner, until)!
UPDATE outbox SET lease_until = :until
WHERE id = :id AND lease_owner = :owner AND sent_at IS NULL AND parked_at IS NULL;

-- name: mark_sent(id, now)!
UPDATE outbox SET sent_at = :now, parked_at = NULL, payload = '', lease_owner = '', lease_until = 0,
    uncertain = 0, last_error = ''
WHERE id = :id AND sent_at IS NULL;

-- name: finish(id, owner)!
DELETE FROM outbox WHERE id = :id AND lease_owner = :owner;

-- name: put_back(id, owner, due, uncertain, error, now)!
UPDATE outbox SET due = :due, put_at = :now, uncertain = :uncertain, last_error = :error,
    lease_owner = '', lease_until = 0
WHERE id = :id AND lease_owner = :owner AND sent_at IS NULL;

-- name: park(id, owner, now, error)!
UPDATE outbox SET parked_at = :now, last_error = :error, lease_owner = '', lease_until = 0,
    uncertain = 0
WHERE id = :id AND lease_owner = :owner AND sent_at IS NULL;

-- name: note_told(id, owner, told)!
UPDATE outbox SET told = :told WHERE id = :id AND lease_owner = :owner;

-- A letter and the same one to the second address of its role know each other by their ids.
-- name: letters_left(reference, part)$
SELECT COUNT(*) FROM outbox AS letter
WHERE reference = :reference AND part = :part AND kind = 'letter' AND sent_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM outbox AS other
    WHERE other.id IN (letter.id || '/second', REPLACE(letter.id, '/second', ''))
        AND other.sent_at IS NOT NULL
);

-- name: readdress(id, owner, recipient)!
UPDATE outbox SET recipient = :recipient WHERE id = :id AND lease_owner = :owner;

-- name: note_new_address(id, owner, recipient, now)!
INSERT INTO audit (at, id, what)
SELECT :now, id, role || ' is now ' || :recipient || ', it was ' || recipient FROM outbox
WHERE id = :id AND lease_owner = :owner AND recipient <> :recipient;

-- name: earlier_letter(recipient)$
SELECT message_id FROM outbox
WHERE kind = 'letter' AND recipient = :recipient AND sent_at IS NOT NULL
ORDER BY sent_at DESC LIMIT 1;

-- name: letter_of(message_id)^
SELECT id, COALESCE(reference, ''), part, role, conversation, language, sender, message_id, payload
FROM outbox
WHERE message_id = :message_id AND kind = 'letter';

-- name: bounce(id, now, error)!
UPDATE outbox SET sent_at = NULL, parked_at = :now, last_error = :error, uncertain = 0,
    lease_owner = '', lease_until = 0
WHERE id = :id AND parked_at IS NULL
    -- What no server was ever handed cannot come back.
    AND (sent_at IS NOT NULL OR uncertain = 1 OR lease_owner <> '');

-- name: doubt_letters()!
UPDATE outbox SET uncertain = 1, lease_owner = '', lease_until = 0
WHERE kind = 'letter' AND sent_at IS NULL AND settled_at IS NULL;

-- name: note_doubt(now)!
INSERT INTO audit (at, id, what)
SELECT :now, id, 'restored from a backup: may have been sent since' FROM outbox
WHERE kind = 'letter' AND sent_at IS NULL AND settled_at IS NULL;


-- name: mend_times(now, ahead, calm)!
UPDATE outbox SET put_at = :now,
    created = CASE WHEN created > :now THEN :now ELSE created END,
    due = CASE WHEN kind = 'reminder' THEN due WHEN uncertain = 1 OR lease_owner <> '' THEN :calm ELSE :now END
WHERE put_at > :ahead AND sent_at IS NULL AND parked_at IS NULL;

-- name: audit(id)
SELECT what FROM audit WHERE id = :id ORDER BY at, what;

-- name: concern_of(reference)^
SELECT conversation, language FROM concern WHERE reference = :reference;

-- name: late_letters(before, notice)
SELECT DISTINCT letter.reference, letter.part FROM outbox AS letter
JOIN concern ON concern.reference = letter.reference
WHERE letter.via = 'mail' AND letter.sent_at IS NULL AND letter.parked_at IS NULL
    AND letter.kind = 'letter' AND letter.created <= :before AND concern.conversation <> ''
    AND SUBSTR(letter.part, 1, 1) <> '+' AND NOT EXISTS (
        SELECT 1 FROM outbox AS said
        WHERE said.id = :notice || letter.reference
            || CASE WHEN letter.part = '' THEN '' ELSE '/' || letter.part END
    );


-- Threads

-- name: threads(conversation, since, most)
SELECT reference, kind, answered_at, settled, roles FROM concern
WHERE conversation = :conversation AND last_at > :since
ORDER BY last_at DESC, reference LIMIT :most;

-- name: thread(reference)^
SELECT reference, conversation, kind, roles, language, created, promised, last_at, answered_at,
    settled, reminded, was_asked
FROM concern WHERE reference = :reference;

-- Whoever came in later has the first letter that was added then; '+' begins our own.
-- name: letters_to(reference)
SELECT DISTINCT role, recipient, message_id FROM outbox AS one
WHERE reference = :reference AND kind = 'letter' AND part = (
    SELECT MIN(part) FROM outbox
    WHERE reference = :reference AND kind = 'letter' AND role = one.role
        AND SUBSTR(part, 1, 1) <> '+'
) ORDER BY role;

-- name: added_since(conversation, since)$
SELECT COUNT(DISTINCT part) FROM outbox
WHERE conversation = :conversation AND kind = 'letter' AND created >= :since
    AND part <> '' AND SUBSTR(part, 1, 1) <> '+';

-- name: count_parts(like)$
SELECT COUNT(*) FROM outbox WHERE kind = 'letter' AND part LIKE :like;

-- What was asked and answered is known by its order, whatever a clock that was set says.
-- name: note_added(reference, roles, promised, now)!
UPDATE concern
SET roles = :roles, promised = :promised, last_at = :now, settled = '', reminded = 0,
    asked_at = CASE WHEN answered_at >= :now THEN answered_at + 1 ELSE :now END
WHERE reference = :reference;

-- name: note_answered(reference, now)!
UPDATE concern SET last_at = :now, settled = '',
    answered_at = CASE WHEN asked_at > :now THEN asked_at ELSE :now END
WHERE reference = :reference;

-- name: note_settled(reference, how, now)!
UPDATE concern SET settled = :how, last_at = :now WHERE reference = :reference;

-- name: note_reminded(reference, reminded)!
UPDATE concern SET reminded = :reminded WHERE reference = :reference;

-- name: note_was_asked(reference)!
UPDATE concern SET was_asked = 1 WHERE reference = :reference;

-- name: overdue(today, like)
SELECT reference FROM concern
WHERE promised <> '' AND promised < :today AND reminded < 2 AND settled <> 'sorted'
    AND (answered_at IS NULL OR answered_at < asked_at)
    AND kind <> 'thanks' AND conversation <> '' AND conversation NOT LIKE :like
    AND EXISTS (
        SELECT 1 FROM outbox WHERE outbox.reference = concern.reference
            AND outbox.kind = 'letter' AND outbox.part = '' AND outbox.sent_at IS NOT NULL
    )
ORDER BY promised, reference;


-- What came in

-- name: was_received(id)$
SELECT 1 FROM inbound WHERE id = :id;

-- name: receive(id, raw, verdict, reason, reference, received)!
INSERT INTO inbound (id, raw, verdict, reason, reference, received)
VALUES (:id, :raw, :verdict, :reason, :reference, :received)
ON CONFLICT (id) DO NOTHING;

-- name: inbound_rows()
SELECT id, verdict, reason, reference, received, released_at FROM inbound ORDER BY received, id;

-- name: inbound_raw(id)$
SELECT raw FROM inbound WHERE id = :id;

-- name: strangers_since(since)$
SELECT COUNT(*) FROM inbound WHERE received > :since AND reference = '';

-- name: inbound_counts()
SELECT verdict, COUNT(*) FROM inbound WHERE released_at IS NULL GROUP BY verdict;

-- name: release_inbound(id, now)!
UPDATE inbound SET released_at = :now WHERE id = :id AND released_at IS NULL;

-- name: position(place)^
SELECT uidvalidity, uid FROM mailbox WHERE place = :place;

-- name: note_position(place, uidvalidity, uid)!
INSERT INTO mailbox (place, uidvalidity, uid) VALUES (:place, :uidvalidity, :uid)
ON CONFLICT (place) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = excluded.uid
WHERE mailbox.uidvalidity <> excluded.uidvalidity OR mailbox.uid < excluded.uid;


-- Outbox: for people

-- name: outbox_rows(kind)
SELECT id, kind, via, conversation, COALESCE(reference, ''), role, tries, created, due,
    lease_until, sent_at, parked_at, settled_at, last_error
FROM outbox WHERE kind = :kind ORDER BY created, id;

-- name: outbox_counts(kind, late)^
SELECT
    (SELECT COUNT(*) FROM outbox WHERE kind = :kind AND sent_at IS NOT NULL),
    COUNT(CASE WHEN parked_at IS NULL THEN 1 END),
    COUNT(CASE WHEN parked_at IS NOT NULL AND settled_at IS NULL THEN 1 END),
    COUNT(CASE WHEN parked_at IS NULL AND created <= :late THEN 1 END),
    MIN(CASE WHEN parked_at IS NULL THEN created END)
FROM outbox WHERE kind = :kind AND sent_at IS NULL;

-- name: outbox_left(kind, late, most)
SELECT id, kind, via, conversation, COALESCE(reference, ''), role, tries, created, due,
    lease_until, sent_at, parked_at, settled_at, last_error
FROM outbox WHERE kind = :kind AND sent_at IS NULL AND settled_at IS NULL
    AND (parked_at IS NOT NULL OR created <= :late)
ORDER BY created, id LIMIT :most;

-- name: release(reference)!
UPDATE outbox SET parked_at = NULL, due = 0
WHERE reference = :reference AND kind = 'letter' AND sent_at IS NULL AND settled_at IS NULL
    AND payload <> '';

-- name: settle(reference, now)!
UPDATE outbox SET settled_at = :now, payload = ''
WHERE reference = :reference AND kind = 'letter' AND parked_at IS NOT NULL AND settled_at IS NULL;


-- Forgetting

-- name: forget_session(conversation)!
DELETE FROM session WHERE conversation = :conversation;

-- name: forget_seen(conversation)!
DELETE FROM seen WHERE conversation = :conversation;

-- name: forget_notices(conversation)!
DELETE FROM outbox WHERE conversation = :conversation AND kind <> 'letter';

-- name: unlink_letters(conversation)!
UPDATE outbox SET conversation = '' WHERE conversation = :conversation;

-- name: unlink_concerns(conversation, alias)!
UPDATE concern SET conversation = :alias WHERE conversation = :conversation;

-- name: forget_inbound(conversation)!
UPDATE inbound SET raw = ''
WHERE reference IN (SELECT reference FROM concern WHERE conversation = :conversation);

-- name: wipe_old_inbound(before)!
UPDATE inbound SET raw = ''
WHERE received <= :before AND raw <> '' AND NOT EXISTS (
    SELECT 1 FROM concern WHERE concern.reference = inbound.reference
        AND concern.conversation <> '' AND concern.last_at > :before
);

-- name: wipe_idle_sessions(before)!
DELETE FROM session WHERE updated <= :before AND NOT EXISTS (
    SELECT 1 FROM outbox WHERE outbox.id = 'reminder/' || session.conversation || '/check_in'
        AND outbox.sent_at IS NULL AND outbox.parked_at IS NULL
);

-- name: forget_posts(conversation)!
DELETE FROM kept WHERE conversation = :conversation;

-- name: wipe_old_posts(before)!
DELETE FROM kept WHERE due <= :before;

-- name: wipe_old_seen(before)!
DELETE FROM seen WHERE at <= :before;

-- name: unlink_old_letters(before)!
UPDATE outbox SET conversation = ''
WHERE kind = 'letter' AND (sent_at <= :before OR settled_at <= :before) AND conversation <> '';

-- name: unlink_old_concerns(before, like)!
UPDATE concern SET conversation = '' WHERE last_at <= :before AND conversation LIKE :like
    AND NOT EXISTS (
        SELECT 1 FROM outbox WHERE outbox.reference = concern.reference
            AND outbox.kind = 'letter' AND outbox.sent_at IS NULL AND outbox.settled_at IS NULL
    );

-- name: drop_old_notices(before)!
DELETE FROM outbox WHERE kind <> 'letter' AND (sent_at <= :before OR parked_at <= :before);

-- name: drop_old_audit(before)!
DELETE FROM audit WHERE at <= :before;
