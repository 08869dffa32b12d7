-- Device lists of other servers' users, as their servers tell of them while a room is shared.
CREATE TABLE remote_device_lists (
  user_id text COLLATE "C" PRIMARY KEY,
  -- Everything up to this stream_id of their server is in the list ...
  stream_id bigint NOT NULL,
  -- ... and these updates after it, the newest last.
  seen bigint[] NOT NULL DEFAULT '{}',
  -- How far the events stream was when the list was fetched: rooms that are shared since before then had it kept up.
  events_position bigint NOT NULL,
  -- An update was missed.
  stale boolean NOT NULL DEFAULT false
) WITH (fillfactor = 80);

CREATE TABLE remote_devices (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  -- Identity keys as JSON; NULL for a device without any.
  json text,
  display_name text,
  PRIMARY KEY (user_id, device_id)
);
