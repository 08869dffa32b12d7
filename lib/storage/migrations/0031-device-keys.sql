-- Identity keys of devices: canonical JSON as the clients uploaded it, without `unsigned`.
CREATE TABLE device_keys (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  json text NOT NULL,
  PRIMARY KEY (user_id, device_id)
);

-- A key that was given out stays for a week, so that an upload which is repeated does not bring it back (job
-- prune-to-device).
ALTER TABLE one_time_keys ADD COLUMN claimed_ts bigint;
CREATE INDEX one_time_keys_unclaimed ON one_time_keys (user_id, device_id, algorithm, place) WHERE claimed_ts IS NULL;
CREATE INDEX one_time_keys_claimed ON one_time_keys (claimed_ts) WHERE claimed_ts IS NOT NULL;
