-- Events that clients have asked to be sent later. Those that are over stay for some days, so that their outcome can be
-- read and a repeated request gets the same answer.
CREATE TABLE delayed_events (
  delay_id text COLLATE "C" PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  -- Empty for an application service without a device.
  device_id text COLLATE "C" NOT NULL,
  -- The client's transaction id; NULL for state events.
  txn_id text COLLATE "C",
  room_id text COLLATE "C" NOT NULL,
  type text NOT NULL,
  state_key text,
  -- Content as JSON text.
  content text NOT NULL,
  delay_ms bigint NOT NULL,
  -- When the delay began, last, and when it ends.
  running_since bigint NOT NULL,
  send_at bigint NOT NULL,
  -- Somebody is sending it, until then.
  claimed_until bigint NOT NULL DEFAULT 0,
  -- `sent`, `cancelled` or `failed`; NULL while it waits.
  outcome text,
  finished_ts bigint,
  event_id text,
  -- Of a failed one, the error as JSON text.
  error text
);
CREATE INDEX delayed_events_due ON delayed_events (send_at) WHERE outcome IS NULL;
CREATE INDEX delayed_events_user ON delayed_events (user_id) WHERE outcome IS NULL;
CREATE INDEX delayed_events_state ON delayed_events (room_id, type, state_key) WHERE outcome IS NULL AND state_key IS NOT NULL;
CREATE INDEX delayed_events_finished ON delayed_events (finished_ts) WHERE outcome IS NOT NULL;
CREATE UNIQUE INDEX delayed_events_transaction ON delayed_events (user_id, device_id, room_id, txn_id) WHERE txn_id IS NOT NULL;
