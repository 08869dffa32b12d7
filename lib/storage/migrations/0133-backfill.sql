-- Places for history that is filled in backwards: below those of the events stream, each below the one before.
CREATE SEQUENCE backfill_positions INCREMENT BY -1 MINVALUE -9007199254740991 MAXVALUE -1 START WITH -1;

-- The reader that puts guests out of rooms which other servers have closed to them starts with what comes now.
INSERT INTO event_readers (reader, position) SELECT 'guest-access', position FROM stream_positions WHERE stream = 'events'
ON CONFLICT DO NOTHING;
