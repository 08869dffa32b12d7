-- State changes of a stretch of a room's timeline, for syncs that skip part of it.
CREATE INDEX events_room_state ON events (room_nid, position) WHERE state_key IS NOT NULL AND position IS NOT NULL;
