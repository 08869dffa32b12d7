-- Streams: one row per stream. Updating it is the turnstile: the row lock is held to commit, so positions become
-- visible in order and one integer says how far a reader has come.
CREATE TABLE stream_positions (
  stream text PRIMARY KEY,
  position bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO stream_positions (stream, position)
SELECT unnest(ARRAY['events', 'receipts', 'account_data', 'to_device', 'device_lists', 'push_rules', 'presence',
                    'typing', 'federation', 'caches']), 0;

-- Rooms are spread over slots; a slot's owner holds a lease with a fencing epoch that every batch checks.
CREATE TABLE slots (
  slot smallint PRIMARY KEY,
  owner text,
  address text,
  epoch bigint NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 20);

INSERT INTO slots (slot) SELECT generate_series(0, 63);

CREATE SEQUENCE room_nids;
CREATE SEQUENCE event_nids INCREMENT BY 1000 CACHE 1;
CREATE SEQUENCE state_group_ids INCREMENT BY 100 CACHE 1;

CREATE TABLE rooms (
  room_nid bigint PRIMARY KEY,
  room_id text COLLATE "C" NOT NULL UNIQUE,
  room_version text NOT NULL,
  creator text NOT NULL,
  created_ts bigint NOT NULL,
  slot smallint NOT NULL,
  -- The head of the room's graph, written once per batch.
  extremities bigint[] NOT NULL DEFAULT '{}',
  state_group bigint NOT NULL DEFAULT 0,
  depth bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL DEFAULT 0,
  is_public boolean NOT NULL DEFAULT false,
  blocked_by text
) WITH (fillfactor = 60);

CREATE TABLE events (
  event_nid bigint PRIMARY KEY,
  -- Place in the events stream; NULL for outliers and rejected events. Negative for history filled in backwards.
  position bigint,
  room_nid bigint NOT NULL,
  event_id text COLLATE "C" NOT NULL UNIQUE,
  type text NOT NULL,
  state_key text,
  sender text COLLATE "C" NOT NULL,
  depth bigint NOT NULL,
  origin_server_ts bigint NOT NULL,
  -- State before the event. A state event also has the group that it leads to.
  state_group bigint,
  state_group_after bigint,
  prev_nids bigint[] NOT NULL DEFAULT '{}',
  auth_nids bigint[] NOT NULL DEFAULT '{}',
  -- Bits: 1 rejected, 2 soft-failed, 4 outlier.
  flags smallint NOT NULL DEFAULT 0,
  -- Push outcome for users with the default rules who are not mentioned: 0 nothing, 1 notify, 2 highlight.
  notify smallint NOT NULL DEFAULT 0,
  redacted_by bigint,
  -- The state event that this one took the place of.
  replaces_nid bigint,
  -- The thread's root event id; NULL on the main timeline.
  thread_root text COLLATE "C",
  txn_device text,
  txn_id text,
  json text NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (position) WHERE position IS NOT NULL;
CREATE INDEX events_room_position ON events (room_nid, position) WHERE position IS NOT NULL;
CREATE INDEX events_room_depth ON events (room_nid, depth, position) WHERE position IS NOT NULL;
CREATE INDEX events_transaction ON events (room_nid, sender, txn_device) WHERE txn_id IS NOT NULL;

-- Parents that we have heard of and do not have.
CREATE TABLE missing_events (
  room_nid bigint NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  wanted_by bigint NOT NULL,
  PRIMARY KEY (room_nid, event_id, wanted_by)
);

-- Delta chains. A group's base is the one whose index has the lowest non-zero hexadecimal digit of this one lowered by
-- one, so that a chain of n changes is read in at most 15 * log16(n) rows and written with about log16(n) entries a change.
CREATE TABLE state_groups (
  state_group bigint PRIMARY KEY,
  room_nid bigint NOT NULL,
  base bigint,
  index bigint NOT NULL,
  types text[] NOT NULL,
  state_keys text[] NOT NULL,
  event_nids bigint[] NOT NULL
);
CREATE INDEX state_groups_room ON state_groups (room_nid);

CREATE TABLE current_state (
  room_nid bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  state_key text COLLATE "C" NOT NULL,
  event_nid bigint NOT NULL,
  PRIMARY KEY (room_nid, type, state_key)
);

CREATE TABLE memberships (
  room_nid bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  membership text NOT NULL,
  event_nid bigint NOT NULL,
  -- Place of the membership event in the events stream.
  position bigint NOT NULL,
  sender text NOT NULL,
  display_name text,
  avatar_url text,
  local boolean NOT NULL,
  forgotten boolean NOT NULL DEFAULT false,
  PRIMARY KEY (room_nid, user_id)
) WITH (fillfactor = 90);
CREATE INDEX memberships_user ON memberships (user_id, membership);

-- Every change of a local user's membership, for syncs that look back.
CREATE TABLE membership_changes (
  user_id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  room_nid bigint NOT NULL,
  event_nid bigint NOT NULL,
  membership text NOT NULL,
  previous text,
  PRIMARY KEY (user_id, position)
);
CREATE INDEX membership_changes_room ON membership_changes (room_nid, position);

CREATE TABLE event_relations (
  event_nid bigint PRIMARY KEY,
  room_nid bigint NOT NULL,
  relates_to text COLLATE "C" NOT NULL,
  rel_type text NOT NULL,
  aggregation_key text,
  type text NOT NULL,
  sender text NOT NULL
);
CREATE INDEX event_relations_target ON event_relations (relates_to, rel_type, event_nid);
CREATE INDEX event_relations_room ON event_relations (room_nid);

-- Users whose push outcome of an event is another than events.notify says.
CREATE TABLE push_exceptions (
  user_id text COLLATE "C" NOT NULL,
  room_nid bigint NOT NULL,
  position bigint NOT NULL,
  -- 0 nothing, 1 notify, 2 highlight.
  notify smallint NOT NULL,
  thread_root text COLLATE "C",
  PRIMARY KEY (user_id, room_nid, position)
);
CREATE INDEX push_exceptions_position ON push_exceptions (room_nid, position);

CREATE TABLE room_aliases (
  alias text COLLATE "C" PRIMARY KEY,
  room_nid bigint NOT NULL,
  creator text NOT NULL,
  created_ts bigint NOT NULL
);
CREATE INDEX room_aliases_room ON room_aliases (room_nid);

-- Server-wide single values: signing keys of this deployment, its server name, flags.
CREATE TABLE server_facts (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);
