-- User-interactive authentication. Rows older than two days go (job prune-uia-sessions).
CREATE TABLE ui_auth_sessions (
  session_id text COLLATE "C" PRIMARY KEY,
  created_ts bigint NOT NULL,
  -- The operation that is authenticated: method, path, and whose it is (NULL: nobody's yet).
  method text NOT NULL,
  path text NOT NULL,
  user_id text COLLATE "C",
  -- Request parameters to remember: a JSON object as text, since jsonb cannot hold every string.
  params text NOT NULL,
  completed text[] NOT NULL DEFAULT '{}',
  -- The registration token that this session holds a use of.
  registration_token text COLLATE "C",
  -- The account that this session has made.
  registered_user_id text COLLATE "C"
);
CREATE INDEX ui_auth_sessions_created ON ui_auth_sessions (created_ts);
CREATE INDEX ui_auth_sessions_registration_token ON ui_auth_sessions (registration_token)
  WHERE registration_token IS NOT NULL;

CREATE TABLE registration_tokens (
  token text COLLATE "C" PRIMARY KEY,
  created_ts bigint NOT NULL,
  -- NULL: any number of accounts.
  uses_allowed integer,
  completed integer NOT NULL DEFAULT 0,
  -- NULL: never.
  expires_ts bigint
);

-- Tokens for one m.login.token login. Expired ones go (job prune-tokens).
CREATE TABLE login_tokens (
  token_hash bytea PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  expires_ts bigint NOT NULL
);
CREATE INDEX login_tokens_expires ON login_tokens (expires_ts);

-- Nonces of shared-secret registration that were used. Each insert removes the expired ones.
CREATE TABLE used_registration_nonces (
  nonce text COLLATE "C" PRIMARY KEY,
  expires_ts bigint NOT NULL
);

CREATE TABLE user_threepids (
  medium text COLLATE "C" NOT NULL,
  -- Canonical: a lower-case e-mail address, or a phone number's digits.
  address text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  validated_ts bigint NOT NULL,
  added_ts bigint NOT NULL,
  PRIMARY KEY (medium, address)
);
CREATE INDEX user_threepids_user ON user_threepids (user_id);

-- Accounts that ended and are still in rooms (job part-deactivated-users).
CREATE TABLE pending_partings (
  user_id text COLLATE "C" PRIMARY KEY
);
