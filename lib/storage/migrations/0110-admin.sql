-- What users have reported to the administrators. Nothing here goes with the room: a report outlives it.
CREATE TABLE reports (
  report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- 'event', 'room' or 'user'.
  kind text NOT NULL,
  received_ts bigint NOT NULL,
  reporter text COLLATE "C" NOT NULL,
  room_id text COLLATE "C",
  event_id text COLLATE "C",
  -- Who sent the event, or the user that is reported.
  target_user text COLLATE "C",
  reason text,
  score integer,
  -- The event as it was, since the room may be purged: JSON.
  event_json text
);
CREATE INDEX reports_kind ON reports (kind, report_id);

-- Rooms that nobody of this server may enter, also those that it doesn't have.
CREATE TABLE blocked_rooms (
  room_id text COLLATE "C" PRIMARY KEY,
  blocked_by text NOT NULL
);

-- Users for whom another limit of messages counts. Both 0: none.
CREATE TABLE rate_limit_overrides (
  user_id text COLLATE "C" PRIMARY KEY,
  per_second double precision NOT NULL,
  burst_count integer NOT NULL
);
