-- Local accounts. A row stays for ever: a name that was used once is never given to somebody else.
CREATE TABLE users (
  user_id text COLLATE "C" PRIMARY KEY,
  created_ts bigint NOT NULL,
  -- PHC string; NULL where no password works.
  password_hash text,
  is_admin boolean NOT NULL DEFAULT false,
  is_guest boolean NOT NULL DEFAULT false,
  -- NULL, or a kind of account such as 'bot' or 'support'.
  user_type text,
  appservice_id text,
  locked boolean NOT NULL DEFAULT false,
  suspended boolean NOT NULL DEFAULT false,
  deactivated_ts bigint,
  -- The user asked that content is no longer shown to newcomers.
  erased boolean NOT NULL DEFAULT false
);
-- Imported accounts may have capitals; nobody may differ from them by case alone.
CREATE INDEX users_lower ON users (lower(user_id));

-- Localparts of guests and of users who chose none.
CREATE SEQUENCE generated_localparts;

CREATE TABLE devices (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  display_name text,
  created_ts bigint NOT NULL,
  last_seen_ts bigint,
  last_seen_ip text,
  last_seen_user_agent text,
  PRIMARY KEY (user_id, device_id)
) WITH (fillfactor = 80);

-- A device has one of these, or two while its client has not used the newer one yet; they go with the device.
CREATE TABLE access_tokens (
  token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- SHA-256 of the token, which is not kept.
  token_hash bytea NOT NULL UNIQUE,
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C",
  created_ts bigint NOT NULL,
  -- NULL: never.
  expires_ts bigint,
  -- The refresh token given out together with it.
  refresh_id bigint,
  used boolean NOT NULL DEFAULT false
);
CREATE INDEX access_tokens_device ON access_tokens (user_id, device_id);
CREATE INDEX access_tokens_refresh ON access_tokens (refresh_id) WHERE refresh_id IS NOT NULL;

CREATE TABLE refresh_tokens (
  refresh_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  created_ts bigint NOT NULL,
  expires_ts bigint,
  -- The one that took its place; this one works until the next is used.
  next_id bigint
);
CREATE INDEX refresh_tokens_device ON refresh_tokens (user_id, device_id);
CREATE INDEX refresh_tokens_next ON refresh_tokens (next_id) WHERE next_id IS NOT NULL;
