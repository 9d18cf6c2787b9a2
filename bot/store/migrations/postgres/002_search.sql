-- What is read of a passage and of a claim, whole, and what search reads of them.
CREATE VIEW whole_passages AS
SELECT
    passages.id, passages.turn, passages.last, passages.speaker, passages.t, passages.text,
    conversations.key, conversations.show, conversations.title, conversations.date, conversations.url,
    conversations.space,
    (
        SELECT coalesce(json_agg(turns.speaker ORDER BY turns.n), '[]') FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speakers
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW whole_claims AS
SELECT
    claims.id, claims.key, claims.turn, claims.start, claims."end", claims.text, claims.quote, claims.speaker,
    claims.claimant, claims.relayers, claims.modality, claims.t, claims.figures,
    conversations.key AS conversation_key, conversations.show, conversations.title, conversations.date,
    conversations.url, conversations.space,
    (
        SELECT coalesce(json_agg(json_build_array(root.name, root.kind, named.about) ORDER BY named.entity), '[]')
        FROM claim_entities AS named
        JOIN entities AS said ON said.id = named.entity
        JOIN entities AS root ON root.id = coalesce(said.merged_into, said.id)
        WHERE named.claim = claims.id
    ) AS entities
FROM conversations JOIN claims ON claims.conversation = conversations.id;

CREATE VIEW passage_words AS
SELECT
    passages.id, passages.conversation, passages.turn, passages.last, passages.text,
    (
        SELECT string_agg(DISTINCT turns.speaker, ',') FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIEW claim_words AS
SELECT
    claims.id, claims.conversation, claims.text || ' ' || claims.quote AS text,
    claims.speaker || ', ' || claims.claimant AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM claims JOIN conversations ON conversations.id = claims.conversation;

-- Words as FTS5 sees them with "porter unicode61 remove_diacritics 2": runs of letters and digits without case and
-- accents, by their stems; every word counts, as what is not worth looking for is left out of the question.
CREATE TEXT SEARCH DICTIONARY overheard_stems (TEMPLATE = snowball, LANGUAGE = porter);
CREATE TEXT SEARCH CONFIGURATION overheard (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION overheard
    ALTER MAPPING FOR asciiword, word, numword, int, uint, float, sfloat WITH overheard_stems;

-- Which letters have another case depends on the collation, and a database may have been made with one that knows none.
DO $do$
DECLARE
    letters TEXT := (
        SELECT quote_ident(collname) FROM pg_collation
        WHERE collname IN ('pg_c_utf8', 'C.utf8', 'und-x-icu') AND collencoding IN (-1, 6)
        ORDER BY array_position(ARRAY['pg_c_utf8', 'C.utf8', 'und-x-icu'], collname::text) LIMIT 1
    );
BEGIN
    EXECUTE format(
        'CREATE FUNCTION folded(words TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT regexp_replace(normalize(lower(words COLLATE %1$s), NFD), ''[\u0300-\u036f]'', '''', ''g'')
        $$;
        CREATE FUNCTION vector_of(words TEXT) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT to_tsvector(''overheard'', regexp_replace(folded(words) COLLATE %1$s, ''[^[:alnum:]]+'', '' '', ''g''))
        $$;',
        coalesce(letters, '"default"')
    );
END $do$;
CREATE FUNCTION asked(words TEXT) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_tsquery('overheard', folded(words)) $$;
CREATE FUNCTION words_of(text TEXT, speaker TEXT, title TEXT, show TEXT) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT setweight(vector_of(text), 'A') || setweight(vector_of(coalesce(speaker, '')), 'B')
        || setweight(vector_of(title), 'A') || setweight(vector_of(show), 'B')
$$;

CREATE TABLE passages_fts (
    id    BIGINT PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX passages_by_word ON passages_fts USING gin (words);
CREATE TABLE claims_fts (
    id    BIGINT PRIMARY KEY REFERENCES claims (id) ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX claims_by_word ON claims_fts USING gin (words);
