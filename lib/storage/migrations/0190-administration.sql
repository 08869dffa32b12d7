-- What administrators set about accounts.
ALTER TABLE users
  -- Their events look sent to themselves and reach nobody.
  ADD COLUMN shadow_banned boolean NOT NULL DEFAULT false,
  -- When the account can no longer be used; NULL: never.
  ADD COLUMN expires_ts bigint,
  -- Until then the cross-signing master key may be replaced without authentication.
  ADD COLUMN keys_replaceable_until bigint;

-- Who somebody is at a single sign-on provider.
CREATE TABLE user_external_ids (
  auth_provider text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (auth_provider, external_id)
);
CREATE INDEX user_external_ids_user ON user_external_ids (user_id);

-- Features that are switched on or off for single users.
CREATE TABLE user_features (
  user_id text COLLATE "C" NOT NULL,
  feature text COLLATE "C" NOT NULL,
  enabled boolean NOT NULL,
  PRIMARY KEY (user_id, feature)
);

-- Long work of the background unit: purges, deletions of rooms, redactions of all that a user sent. A job goes on where
-- it was left; finished ones are removed after a day (job prune-background-jobs).
CREATE TABLE background_jobs (
  job_id text COLLATE "C" PRIMARY KEY,
  action text NOT NULL,
  -- What it is about: a room id or a user id.
  resource text COLLATE "C",
  -- 'scheduled', 'active', 'complete' or 'failed'.
  status text NOT NULL,
  -- JSON objects.
  params text NOT NULL,
  result text NOT NULL DEFAULT '{}',
  error text,
  failures integer NOT NULL DEFAULT 0,
  created_ts bigint NOT NULL,
  updated_ts bigint NOT NULL,
  -- Not before this time.
  due_ts bigint NOT NULL
);
CREATE INDEX background_jobs_due ON background_jobs (due_ts) WHERE status IN ('scheduled', 'active');
CREATE INDEX background_jobs_resource ON background_jobs (action, resource);
CREATE INDEX background_jobs_updated ON background_jobs (updated_ts);

ALTER TABLE media
  -- Who took it out of circulation.
  ADD COLUMN quarantined_by text,
  -- Cannot be quarantined.
  ADD COLUMN protected boolean NOT NULL DEFAULT false,
  ADD COLUMN last_access_ts bigint;
CREATE INDEX media_user ON media (user_id, created_ts) WHERE user_id IS NOT NULL;
CREATE INDEX media_hash ON media (sha256) WHERE quarantined_by IS NOT NULL;

CREATE TABLE media_quarantine_changes (
  change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  server_name text NOT NULL,
  media_id text NOT NULL,
  quarantined boolean NOT NULL
);

-- Rooms in which users are told what the server has to say to them.
CREATE TABLE server_notice_rooms (
  user_id text COLLATE "C" PRIMARY KEY,
  room_nid bigint NOT NULL
);
CREATE INDEX server_notice_rooms_room ON server_notice_rooms (room_nid);

-- Requests of server notices that were taken, by transaction id. Pruned after a day.
CREATE TABLE server_notice_transactions (
  sender text COLLATE "C" NOT NULL,
  txn_id text COLLATE "C" NOT NULL,
  event_id text NOT NULL,
  ts bigint NOT NULL,
  PRIMARY KEY (sender, txn_id)
);

-- Messages that are to be redacted at a time that they carry (MSC2228).
CREATE TABLE event_expiries (
  event_nid bigint PRIMARY KEY,
  room_nid bigint NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  expiry_ts bigint NOT NULL
);
CREATE INDEX event_expiries_due ON event_expiries (expiry_ts);
CREATE INDEX event_expiries_room ON event_expiries (room_nid);

-- A room's rows are found when it is purged.
CREATE INDEX account_data_room ON account_data (room_nid);
CREATE INDEX events_room_unplaced ON events (room_nid) WHERE position IS NULL;
