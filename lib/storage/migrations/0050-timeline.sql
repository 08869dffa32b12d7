-- A user's changes in one room: what decides how much of its history the user may see.
CREATE INDEX membership_changes_user_room ON membership_changes (user_id, room_nid, position);

-- Every setting of a room's history visibility, those learnt as mere state included. A handful of rows a room.
CREATE INDEX events_history_visibility ON events (room_nid) WHERE type = 'm.room.history_visibility' AND state_key = '';

-- Rooms that other servers take part in: only there can the state at an event differ from what its position says.
CREATE INDEX memberships_remote ON memberships (room_nid) WHERE NOT local;

-- Threads of a room, for their list.
CREATE INDEX event_relations_threads ON event_relations (room_nid, relates_to) WHERE rel_type = 'm.thread';

-- Events that notify everybody with a highlight are few; a list of highlights finds them here.
CREATE INDEX events_highlight ON events (room_nid, position) WHERE notify = 2 AND position IS NOT NULL;
CREATE INDEX push_exceptions_highlight ON push_exceptions (user_id, position) WHERE notify = 2;

-- How far the readers of the events stream that keep tables of their own have come.
CREATE TABLE event_readers (
  reader text PRIMARY KEY,
  position bigint NOT NULL
) WITH (fillfactor = 10);
