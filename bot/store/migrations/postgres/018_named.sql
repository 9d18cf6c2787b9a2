-- Who set something up and who changed it last, as others saw them then: ids alone tell nobody who that is.
ALTER TABLE subscriptions ADD COLUMN user_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN changed_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN changed_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN user_name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN changed_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN changed_name TEXT COLLATE "C" NOT NULL DEFAULT '';
