-- Where users want to be notified. A row goes with the device that made it.
CREATE TABLE pushers (
  pusher_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  app_id text COLLATE "C" NOT NULL,
  pushkey text COLLATE "C" NOT NULL,
  -- 'http' or 'email'.
  kind text NOT NULL,
  app_display_name text NOT NULL,
  device_display_name text NOT NULL,
  profile_tag text NOT NULL,
  lang text NOT NULL,
  -- A JSON object, as the client gave it.
  data text NOT NULL,
  -- Host and port of the gateway.
  gateway text NOT NULL,
  enabled boolean NOT NULL,
  device_id text COLLATE "C",
  created_ts bigint NOT NULL,
  -- Of the events stream; what is at or before it is not pushed.
  since_position bigint NOT NULL,
  -- The unread count that the gateway was told last; NULL when it is not known.
  badge integer,
  badge_wanted boolean NOT NULL DEFAULT false,
  -- When to look after it; NULL when nothing waits. While somebody does it, when their time is over.
  due_ts bigint,
  -- Counts what there was to do: it may be put to rest when this is still what it was.
  wanted bigint NOT NULL DEFAULT 0,
  -- Counts who took it on: whoever does so later puts the earlier in the wrong.
  claim bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  UNIQUE (app_id, pushkey, user_id)
) WITH (fillfactor = 70);
CREATE INDEX pushers_user ON pushers (user_id);
CREATE INDEX pushers_due ON pushers (due_ts) WHERE due_ts IS NOT NULL;

-- Events that wait to be pushed. Rows are removed when the gateway has them, or when they are too old.
CREATE TABLE push_queue (
  pusher_id bigint NOT NULL REFERENCES pushers ON DELETE CASCADE,
  position bigint NOT NULL,
  queued_ts bigint NOT NULL,
  PRIMARY KEY (pusher_id, position)
);

-- Nobody had a pusher so far.
INSERT INTO event_readers (reader, position) SELECT 'pusher', position FROM stream_positions WHERE stream = 'events';
