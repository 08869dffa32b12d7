-- The reader that notes when messages expire starts with what comes now.
INSERT INTO event_readers (reader, position) SELECT 'event-expiries', position FROM stream_positions WHERE stream = 'events'
ON CONFLICT DO NOTHING;
