-- The rooms that the directory lists are few among all.
CREATE INDEX rooms_public ON rooms (room_nid) WHERE is_public;

-- What directories and previews say of a room, made from its current state when somebody asks. The state group says of
-- which state: a row with another one than the room's is out of date.
CREATE TABLE room_summaries (
  room_nid bigint PRIMARY KEY,
  state_group bigint NOT NULL,
  -- Numeric ids of the state events that the row was made from; redacting one of them outdates it as well.
  sources bigint[] NOT NULL,
  joined_members bigint NOT NULL,
  name text,
  topic text,
  avatar_url text,
  canonical_alias text,
  join_rule text NOT NULL,
  history_visibility text NOT NULL,
  guest_can_join boolean NOT NULL,
  room_type text,
  encryption text,
  -- Room ids of the restricted join rule's conditions.
  allowed_room_ids text[] NOT NULL DEFAULT '{}'
);
