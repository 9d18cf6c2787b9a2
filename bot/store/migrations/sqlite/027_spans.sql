-- Words are kept once, in the turns; passages and claims are spans of them. What differs keeps words of its own, '' is
-- the span. "packed" and "unpacked" are functions of `bot.store.packing`. Rows of some kilobytes fit into a page only
-- if the table has row numbers.
DROP VIEW whole_passages;
DROP VIEW passage_words;
DROP VIEW heard_claims;
DROP VIEW whole_claims;
DROP VIEW claim_words;

ALTER TABLE passages ADD COLUMN start INTEGER NOT NULL DEFAULT 0;
ALTER TABLE passages ADD COLUMN "end" INTEGER NOT NULL DEFAULT 0;
UPDATE passages SET
    start = instr(turns.text, passages.text) - 1,
    "end" = instr(turns.text, passages.text) - 1 + length(passages.text)
FROM turns
WHERE turns.conversation = passages.conversation AND turns.n = passages.turn AND passages.turn = passages.last;
UPDATE passages SET
    start = length(turns.text) - instr(passages.text, char(10)) + 1,
    "end" = length(passages.text) - instr(passages.text, char(10)) - (
        SELECT coalesce(sum(length(middle.text) + 1), 0) FROM turns AS middle
        WHERE middle.conversation = passages.conversation AND middle.n > passages.turn AND middle.n < passages.last
    )
FROM turns
WHERE
    turns.conversation = passages.conversation AND turns.n = passages.turn AND passages.turn < passages.last
    AND instr(passages.text, char(10)) > 0;

CREATE TABLE packed_turns (
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    n            INTEGER NOT NULL,
    speaker      TEXT,
    t            REAL,
    text         ANY NOT NULL,
    PRIMARY KEY (conversation, n)
) STRICT;
INSERT INTO packed_turns SELECT conversation, n, speaker, t, packed(text) FROM turns ORDER BY conversation, n;
DROP TABLE turns;
ALTER TABLE packed_turns RENAME TO turns;
CREATE INDEX turns_by_speaker ON turns (speaker);

CREATE VIEW spoken_turns AS
SELECT conversation, n, speaker, t, CASE typeof(text) WHEN 'blob' THEN unpacked(text) ELSE text END AS text FROM turns;

CREATE VIEW spoken_passages AS
SELECT
    passages.id, passages.conversation, passages.turn, passages.last, passages.speaker, passages.t,
    CASE WHEN passages.text <> '' THEN passages.text WHEN passages.turn = passages.last THEN (
        SELECT substr(spoken_turns.text, passages.start + 1, passages."end" - passages.start) FROM spoken_turns
        WHERE spoken_turns.conversation = passages.conversation AND spoken_turns.n = passages.turn
    ) ELSE (
        SELECT group_concat(words, char(10)) FROM (
            SELECT CASE n
                WHEN passages.turn THEN substr(text, passages.start + 1)
                WHEN passages.last THEN substr(text, 1, passages."end")
                ELSE text
            END AS words
            FROM spoken_turns
            WHERE conversation = passages.conversation AND n BETWEEN passages.turn AND passages.last
            ORDER BY n
        )
    ) END AS text
FROM passages;

CREATE VIEW spoken_claims AS
SELECT
    claims.id, claims.key, claims.conversation, claims.turn, claims.start, claims."end", claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures, claims.importance,
    claims.needs_context, claims.about, claims.lead_in, claims.happened_first, claims.happened_last, claims.reread,
    claims.retired, claims.proposed,
    coalesce(nullif(claims.quote, ''), (
        SELECT substr(spoken_turns.text, claims.start + 1, claims."end" - claims.start) FROM spoken_turns
        WHERE spoken_turns.conversation = claims.conversation AND spoken_turns.n = claims.turn
    )) AS quote,
    coalesce(nullif(claims.text, ''), nullif(claims.quote, ''), (
        SELECT substr(spoken_turns.text, claims.start + 1, claims."end" - claims.start) FROM spoken_turns
        WHERE spoken_turns.conversation = claims.conversation AND spoken_turns.n = claims.turn
    )) AS text,
    (
        SELECT substr(
            spoken_turns.text,
            json_extract(claims.lead_in, '$.start') + 1,
            json_extract(claims.lead_in, '$.end') - json_extract(claims.lead_in, '$.start')
        )
        FROM spoken_turns
        WHERE spoken_turns.conversation = claims.conversation
            AND spoken_turns.n = json_extract(claims.lead_in, '$.turn')
    ) AS lead_in_text
FROM claims;

CREATE TABLE before AS SELECT id, text FROM passages;
UPDATE passages SET text = '';
UPDATE passages SET text = before.text FROM before JOIN spoken_passages USING (id)
WHERE before.id = passages.id AND before.text IS NOT spoken_passages.text;
DROP TABLE before;

-- What is retired keeps its words, because the turns may change.
CREATE TABLE before AS SELECT id, text, quote, lead_in, json_extract(lead_in, '$.text') AS lead_in_text FROM claims;
UPDATE claims SET quote = '', text = '', lead_in = json_remove(lead_in, '$.text') WHERE retired = 0;
UPDATE claims SET quote = before.quote FROM before JOIN spoken_claims USING (id)
WHERE before.id = claims.id AND before.quote IS NOT spoken_claims.quote;
UPDATE claims SET text = before.text FROM before WHERE before.id = claims.id AND before.text <> before.quote;
UPDATE claims SET lead_in = before.lead_in FROM before JOIN spoken_claims USING (id)
WHERE before.id = claims.id AND before.lead_in_text IS NOT spoken_claims.lead_in_text;
DROP TABLE before;

CREATE VIEW passage_words AS
SELECT
    passages.id, passages.conversation, passages.turn, passages.last, passages.text,
    (
        SELECT group_concat(DISTINCT turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM spoken_passages AS passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW whole_passages AS
SELECT
    passages.id, passages.turn, passages.last, passages.speaker, passages.t, passages.text,
    conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    conversations.space,
    (
        SELECT json_group_array(turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speakers
FROM spoken_passages AS passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW claim_words AS
SELECT
    claims.id, claims.conversation, claims.text || ' ' || claims.quote AS text,
    claims.speaker || ', ' || claims.claimant AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM spoken_claims AS claims JOIN conversations ON conversations.id = claims.conversation
WHERE claims.retired = 0;

CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures, claims.importance,
    claims.needs_context, claims.about, claims.lead_in, claims.lead_in_text, claims.happened_first,
    claims.happened_last, claims.retired, conversations.key AS conversation_key, conversations.show,
    conversations.title, conversations.date, conversations.url, conversations.space,
    (
        SELECT json_group_array(json_array(name, kind, about)) FROM claim_names WHERE claim_names.claim = claims.id
    ) AS entities
FROM conversations JOIN spoken_claims AS claims ON claims.conversation = conversations.id;

CREATE VIEW heard_claims AS
SELECT
    whole_claims.*,
    (
        SELECT json_group_array(json_array(root.name, named.heard_as))
        FROM claim_entities AS named
        JOIN entities AS said ON said.id = named.entity
        JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
        WHERE named.claim = whole_claims.id AND named.heard_as <> ''
    ) AS heard
FROM whole_claims;
