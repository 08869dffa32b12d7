-- Events that a destination has not taken yet: put here in the transaction that moves the reader of the events stream, taken
-- away when the destination has answered. For a destination that is away for long only the newest of a room is kept.
CREATE TABLE federation_outbox (
  destination text COLLATE "C" NOT NULL,
  -- Place in the events stream.
  position bigint NOT NULL,
  room_nid bigint NOT NULL,
  event_nid bigint NOT NULL,
  PRIMARY KEY (destination, position)
);

-- Ephemeral messages that must not be lost: to devices of a destination's users. Pruned after a month.
CREATE TABLE federation_edu_outbox (
  destination text COLLATE "C" NOT NULL,
  edu_id bigint GENERATED ALWAYS AS IDENTITY,
  -- The whole EDU.
  json text NOT NULL,
  created_ts bigint NOT NULL,
  PRIMARY KEY (destination, edu_id)
);
CREATE INDEX federation_edu_outbox_age ON federation_edu_outbox (created_ts);

-- How much a destination knows of the devices of users with whom its users share rooms: positions in the device_lists
-- stream, up to which it has to be told and has been told.
CREATE TABLE federation_device_pokes (
  destination text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  sent_position bigint NOT NULL,
  -- stream_id of the last update that was sent; NULL before the first.
  sent_stream_id bigint,
  PRIMARY KEY (destination, user_id)
) WITH (fillfactor = 80);
CREATE INDEX federation_device_pokes_due ON federation_device_pokes (destination) WHERE position > sent_position;

-- The one transaction of each destination that is under way: a retry sends the same again, whoever does it.
CREATE TABLE federation_sent_transactions (
  destination text COLLATE "C" PRIMARY KEY,
  txn_id text NOT NULL,
  body text NOT NULL,
  -- What is done when it has come through: positions of events, ids of EDUs, and users with how far was told of them.
  positions bigint[] NOT NULL,
  edu_ids bigint[] NOT NULL,
  device_users text[] NOT NULL,
  device_positions bigint[] NOT NULL,
  device_stream_ids bigint[] NOT NULL
);

-- How far the federation sender has read streams other than that of events.
CREATE TABLE federation_cursors (
  stream text PRIMARY KEY,
  position bigint NOT NULL
) WITH (fillfactor = 20);

-- When each device or cross-signing key of a user last changed, in the device_lists stream. Device '' stands for all.
CREATE TABLE device_changes (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (user_id, device_id)
);

INSERT INTO federation_cursors (stream, position) SELECT stream, position FROM stream_positions WHERE stream = 'device_lists';
INSERT INTO event_readers (reader, position) SELECT 'federation', position FROM stream_positions WHERE stream = 'events';
