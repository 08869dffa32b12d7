-- Signing keys of other servers, and of this one from before. A row stays when its key has expired: events signed with it
-- have to be checked for ever.
CREATE TABLE server_keys (
  server_name text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  -- Unpadded base64.
  public_key text NOT NULL,
  -- Signatures made up to then count, in milliseconds since the epoch.
  valid_until_ts bigint NOT NULL,
  -- The signed answer that the key was found in, as it came; notaries hand it on.
  response text NOT NULL,
  fetched_ts bigint NOT NULL,
  PRIMARY KEY (server_name, key_id)
);

-- Other servers that could not be reached: when to try again.
CREATE TABLE destinations (
  destination text COLLATE "C" PRIMARY KEY,
  -- Since when nothing has come through, in milliseconds; NULL when all is well.
  failing_since_ts bigint,
  -- Not before then.
  retry_at_ts bigint NOT NULL DEFAULT 0,
  retry_interval_ms bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
