-- name: conversation_by_key^
SELECT * FROM conversations WHERE key = :key AND (space IS NULL OR space = :space);

-- name: conversation_owner^
SELECT id, space FROM conversations WHERE key = :key;

-- name: conversation_hashes
SELECT key, hash FROM conversations WHERE key IN (SELECT value FROM json_each(:keys));

-- name: put_conversation^
INSERT INTO conversations
    (key, hash, show, title, date, url, lang, people, chapters, licence, source, space, description, reader)
VALUES
    (:key, :hash, :show, :title, :date, :url, :lang, :people, :chapters, :licence, :source, :space, :description, :reader)
ON CONFLICT (key) DO UPDATE SET
    hash = excluded.hash, show = excluded.show, title = excluded.title, date = excluded.date, url = excluded.url,
    lang = excluded.lang, people = excluded.people, chapters = excluded.chapters, licence = excluded.licence,
    source = excluded.source, description = excluded.description, reader = excluded.reader
RETURNING id;

-- name: drop_turns!
DELETE FROM turns WHERE conversation = :conversation;

-- name: put_turn*!
INSERT INTO turns (conversation, n, speaker, t, text) VALUES (:conversation, :n, :speaker, :t, packed(:text));

-- name: turns_of
SELECT speaker, t, text FROM spoken_turns WHERE conversation = :conversation ORDER BY n;

-- name: drop_passages!
DELETE FROM passages WHERE conversation = :conversation;

-- name: put_passage*!
INSERT INTO passages (conversation, turn, last, start, "end", speaker, t, text)
VALUES (:conversation, :turn, :last, :start, :end, :speaker, :t, :text);

-- name: claims_kept
SELECT claims.key, claims.quote FROM conversations JOIN spoken_claims AS claims ON claims.conversation = conversations.id
WHERE conversations.key = :key AND claims.retired = 0;

-- name: correct_claim*!
-- It keeps its number, and with it all that was told of it. A key that is another's by now stays that one's.
UPDATE claims SET key = :key
WHERE key = :was AND NOT EXISTS (SELECT 1 FROM claims AS other WHERE other.key = :key);

-- name: drop_stale_claims!
-- What was retired stays as long as its words stand where they stood.
DELETE FROM claims
WHERE
    conversation = :conversation AND key NOT IN (SELECT value FROM json_each(:keys))
    AND NOT (retired = 1 AND EXISTS (
        SELECT 1 FROM spoken_turns AS turns
        WHERE turns.conversation = claims.conversation AND turns.n = claims.turn
            AND claims.quote
            = substr(turns.text, CAST(claims.start + 1 AS INTEGER), CAST(claims."end" - claims.start AS INTEGER))
    ));

-- name: readers
SELECT reader, count(*) AS conversations FROM conversations GROUP BY reader;

-- name: conversations_read_by
SELECT * FROM conversations
WHERE
    reader IN (SELECT value FROM json_each(:readers)) AND key NOT IN (SELECT value FROM json_each(:skipped))
ORDER BY date DESC, id DESC LIMIT :limit;

-- name: proposed_spans
SELECT turn, start, "end" FROM claims WHERE conversation = :conversation AND proposed = 1 AND retired = 0;

-- name: conversation_version^
SELECT id, hash FROM conversations WHERE key = :key;

-- name: record_reader!
UPDATE conversations SET reader = :reader WHERE id = :conversation;

-- name: claims_to_retire
SELECT id, quote, text, lead_in, lead_in_text FROM spoken_claims
WHERE conversation = :conversation AND retired = 0 AND key NOT IN (SELECT value FROM json_each(:keys));

-- name: retire_claim*!
-- It keeps its words, because the turns may change.
UPDATE claims SET retired = 1, quote = :quote, text = :text, lead_in = :lead_in WHERE id = :id;

-- name: forget_vectors_of_retired!
DELETE FROM vectors_of_claims WHERE id IN (SELECT id FROM claims WHERE conversation = :conversation AND retired = 1);

-- name: passages_of
SELECT turn, last, start, "end", speaker, t, text FROM passages WHERE conversation = :conversation ORDER BY id;

-- name: put_claim*!
INSERT INTO claims
    (
        key, conversation, turn, start, "end", text, quote, speaker, claimant, relayers, modality, t, figures,
        importance, needs_context, about, lead_in, happened_first, happened_last, proposed, reread
    )
VALUES
    (
        :key, :conversation, :turn, :start, :end, :text, :quote, :speaker, :claimant, :relayers, :modality, :t,
        :figures, :importance, :needs_context, :about, :lead_in, :happened_first, :happened_last,
        :proposed, :reread
    )
ON CONFLICT (key) DO UPDATE SET
    turn = excluded.turn, start = excluded.start, "end" = excluded."end", text = excluded.text,
    quote = excluded.quote, speaker = excluded.speaker, claimant = excluded.claimant, relayers = excluded.relayers,
    modality = excluded.modality, t = excluded.t, figures = excluded.figures, importance = excluded.importance,
    needs_context = excluded.needs_context, about = excluded.about, lead_in = excluded.lead_in,
    happened_first = excluded.happened_first, happened_last = excluded.happened_last, proposed = excluded.proposed,
    retired = 0
WHERE claims.conversation = excluded.conversation;

-- name: put_entity*!
INSERT INTO entities (name, fold, kind)
SELECT :name, :fold, :kind WHERE NOT EXISTS (SELECT 1 FROM aliases WHERE fold = :fold)
ON CONFLICT DO NOTHING;

-- name: settle_kind*!
-- A name that somebody followed before anybody spoke of it was taken for a topic.
UPDATE entities SET kind = :kind WHERE fold = :fold AND kind = 'topic' AND :kind <> 'topic';

-- name: put_alias*!
INSERT INTO aliases (fold, alias, entity)
SELECT :fold, :alias, coalesce(
    (SELECT entity FROM aliases WHERE fold = :of),
    (SELECT id FROM entities WHERE fold = :of)
)
WHERE true
ON CONFLICT DO NOTHING;

-- name: join_namesakes*!
UPDATE entities SET merged_into = (
    SELECT coalesce(root.merged_into, root.id) FROM entities AS root WHERE root.fold = :of
)
WHERE
    fold = :fold
    AND fold <> :of
    AND merged_into IS NULL
    AND EXISTS (
        SELECT 1 FROM entities AS root
        WHERE root.fold = :of AND entities.kind IN (root.kind, 'topic') AND coalesce(root.merged_into, 0) <> entities.id
    )
    AND NOT EXISTS (SELECT 1 FROM entities AS child WHERE child.merged_into = entities.id)
    AND NOT EXISTS (SELECT 1 FROM apart WHERE (one, other) IN ((:fold, :of), (:of, :fold)));

-- name: put_claim_entity*!
INSERT INTO claim_entities (claim, entity, about, heard_as)
SELECT claims.id, aliases.entity, :about, :heard_as
FROM claims, aliases
WHERE claims.key = :key AND claims.conversation = :conversation AND aliases.fold = :fold
ON CONFLICT DO NOTHING;

-- name: drop_claim_entities!
DELETE FROM claim_entities
WHERE claim IN (SELECT id FROM claims WHERE conversation = :conversation AND retired = 0);

-- name: claims_by_key
SELECT * FROM heard_claims
WHERE key IN (SELECT value FROM json_each(:keys)) AND (space IS NULL OR space = :space);

-- name: claims_between
SELECT * FROM heard_claims
WHERE
    date BETWEEN :since AND :until AND retired = 0 AND (space IS NULL OR space = :space)
    AND (
        date > :told
        OR (id > :seen AND EXISTS (SELECT 1 FROM claims WHERE claims.id = heard_claims.id AND claims.reread = 0))
    )
    AND NOT EXISTS (SELECT 1 FROM items WHERE items.conversation = heard_claims.conversation_key AND items.backlog = 1)
ORDER BY id;

-- name: conversations_between
SELECT date, count(*) AS conversations FROM conversations
WHERE
    date BETWEEN :since AND :until AND (space IS NULL OR space = :space)
    AND (
        date > :told
        OR EXISTS (
            SELECT 1 FROM claims WHERE claims.conversation = conversations.id AND claims.id > :seen AND claims.reread = 0
        )
    )
    AND NOT EXISTS (SELECT 1 FROM items WHERE items.conversation = conversations.key AND items.backlog = 1)
GROUP BY date;

-- name: tally^
SELECT
    (SELECT count(*) FROM conversations WHERE space IS NULL OR space = :space) AS conversations,
    (
        SELECT count(*) FROM claims JOIN conversations ON conversations.id = claims.conversation
        WHERE claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
    ) AS claims,
    (
        SELECT count(DISTINCT claim_names.entity) FROM claim_names
        JOIN claims ON claims.id = claim_names.claim
        JOIN conversations ON conversations.id = claims.conversation
        WHERE claims.retired = 0 AND (conversations.space IS NULL OR conversations.space = :space)
    ) AS entities;

-- name: shows
SELECT show, count(*) AS conversations, max(date) AS newest FROM conversations
WHERE space IS NULL OR space = :space
GROUP BY show ORDER BY newest DESC, show;
