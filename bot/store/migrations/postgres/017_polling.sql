-- Which process is polling a feed, so that another one can tell when it has ended.
ALTER TABLE feeds ADD COLUMN holder TEXT COLLATE "C" NOT NULL DEFAULT '';
