-- What the channel wanted more (above 0) or less of when a delivery was put here: all pages keep that order.
ALTER TABLE outbox ADD COLUMN preferences TEXT NOT NULL DEFAULT '{}';

-- The newest episodes of a feed are found from the feed.
CREATE INDEX items_of_feed ON items (feed, day, id);
