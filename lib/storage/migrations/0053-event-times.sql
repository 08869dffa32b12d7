-- Events of a room by their time, for jumping to a date. Times need not follow the order of events: bridges bring
-- history in later.
CREATE INDEX events_room_time ON events (room_nid, origin_server_ts) WHERE position IS NOT NULL;
