-- Messages that wait for devices; deleted when a sync token acknowledges them.
CREATE TABLE to_device_messages (
  position bigint PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  -- The event as clients get it.
  json text NOT NULL
);
CREATE INDEX to_device_messages_device ON to_device_messages (user_id, device_id, position);

-- Requests that were taken, so that a retry is not sent twice. Pruned after a day.
CREATE TABLE to_device_transactions (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  txn_id text COLLATE "C" NOT NULL,
  ts bigint NOT NULL,
  PRIMARY KEY (user_id, device_id, txn_id)
);
CREATE INDEX to_device_transactions_ts ON to_device_transactions (ts);

-- When a user's devices or keys last changed: one row a user.
CREATE TABLE device_list_changes (
  user_id text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL
);
CREATE UNIQUE INDEX device_list_changes_position ON device_list_changes (position);
