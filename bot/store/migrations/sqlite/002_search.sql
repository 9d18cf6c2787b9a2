-- What search reads: one view and one full-text index over each of passages and claims.
-- The indexes hold no text of their own; rows go in and out through the statements in sql/index.sql.
CREATE INDEX conversations_private ON conversations (space) WHERE space IS NOT NULL;

CREATE VIEW passage_words AS
SELECT
    passages.id, passages.conversation, passages.turn, passages.last, passages.text,
    (
        SELECT group_concat(DISTINCT turns.speaker) FROM turns
        WHERE turns.conversation = passages.conversation AND turns.n BETWEEN passages.turn AND passages.last
    ) AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM passages JOIN conversations ON conversations.id = passages.conversation;

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, speaker, title, show,
    content = 'passage_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO passages_fts (passages_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO passages_fts (passages_fts, rank) VALUES ('rank', 'bm25(1.0, 0.5, 1.0, 0.5)');

CREATE VIEW claim_words AS
SELECT
    claims.id, claims.conversation, claims.text || ' ' || claims.quote AS text,
    claims.speaker || ', ' || claims.claimant AS speaker,
    conversations.title, conversations.show, conversations.date, conversations.key, conversations.space
FROM claims JOIN conversations ON conversations.id = claims.conversation;

CREATE VIRTUAL TABLE claims_fts USING fts5 (
    text, speaker, title, show,
    content = 'claim_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO claims_fts (claims_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO claims_fts (claims_fts, rank) VALUES ('rank', 'bm25(1.0, 0.5, 1.0, 0.5)');
