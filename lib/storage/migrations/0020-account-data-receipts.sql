-- Account data, global (room_nid 0) and of rooms. Deleted entries stay as NULL, so that other devices hear of it.
CREATE TABLE account_data (
  user_id text COLLATE "C" NOT NULL,
  room_nid bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  json text,
  position bigint NOT NULL,
  PRIMARY KEY (user_id, room_nid, type)
);
CREATE INDEX account_data_user_position ON account_data (user_id, position);
CREATE INDEX account_data_position ON account_data (position);

-- The newest receipt of each kind. thread_id '' is an unthreaded receipt.
CREATE TABLE receipts (
  room_nid bigint NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  receipt_type text NOT NULL,
  thread_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  -- Place in the events stream of the event read; NULL when we don't have it.
  event_position bigint,
  ts bigint NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (room_nid, user_id, receipt_type, thread_id)
) WITH (fillfactor = 80);
CREATE INDEX receipts_room_position ON receipts (room_nid, position);
CREATE INDEX receipts_position ON receipts (position);
CREATE INDEX receipts_user ON receipts (user_id);
