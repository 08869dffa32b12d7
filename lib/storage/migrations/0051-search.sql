-- Texts that can be searched for, by the reader `search`. Encrypted messages have none.
CREATE TABLE search_entries (
  event_nid bigint PRIMARY KEY,
  room_nid bigint NOT NULL,
  position bigint NOT NULL,
  -- content.body, content.name or content.topic
  key text NOT NULL,
  words tsvector NOT NULL
);
CREATE INDEX search_entries_words ON search_entries USING gin (words);
CREATE INDEX search_entries_room ON search_entries (room_nid, position);
