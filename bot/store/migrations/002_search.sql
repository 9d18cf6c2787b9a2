-- What search reads: one view and one full-text index over each of passages and claims.
-- The indexes hold no text of their own; rows go in and out through the statements in sql/index.sql.

CREATE VIEW passage_words AS
SELECT p.id AS id, p.conversation AS conversation, p.text AS text, p.speaker AS speaker,
       c.title AS title, c.show AS show, c.date AS date
FROM passages p JOIN conversations c ON c.id = p.conversation;

CREATE VIRTUAL TABLE passages_fts USING fts5(
  text, speaker, title, show, date,
  content = 'passage_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO passages_fts(passages_fts, rank) VALUES ('hashsize', 16777216);
CREATE VIRTUAL TABLE passages_vocab USING fts5vocab(passages_fts, 'row');

CREATE VIEW claim_words AS
SELECT k.id AS id, k.conversation AS conversation,
       CASE WHEN instr(k.text, k.quote) THEN k.text ELSE k.text || ' ' || k.quote END AS text,
       k.speaker || ' ' || k.claimant AS speaker, c.title AS title, c.show AS show, c.date AS date
FROM claims k JOIN conversations c ON c.id = k.conversation;

CREATE VIRTUAL TABLE claims_fts USING fts5(
  text, speaker, title, show, date,
  content = 'claim_words', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO claims_fts(claims_fts, rank) VALUES ('hashsize', 16777216);
CREATE VIRTUAL TABLE claims_vocab USING fts5vocab(claims_fts, 'row');
