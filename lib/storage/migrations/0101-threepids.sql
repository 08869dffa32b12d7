-- E-mail addresses of which somebody says that they are theirs (pruned by job prune-authentication-sessions).
CREATE TABLE threepid_sessions (
  sid text COLLATE "C" PRIMARY KEY,
  -- What it is good for: 'add', 'register' or 'password'.
  purpose text NOT NULL,
  medium text NOT NULL,
  address text COLLATE "C" NOT NULL,
  client_secret text COLLATE "C" NOT NULL,
  -- SHA-256 of the token in the mail sent last.
  token_hash bytea NOT NULL,
  send_attempt bigint NOT NULL,
  next_link text,
  created_ts bigint NOT NULL,
  sent_ts bigint NOT NULL,
  validated_ts bigint,
  -- How often a wrong token was tried.
  failures integer NOT NULL DEFAULT 0,
  UNIQUE (purpose, address, client_secret)
);
CREATE INDEX threepid_sessions_created ON threepid_sessions (created_ts);

-- Identity servers that were told, through this one, whose an identifier is.
CREATE TABLE threepid_bindings (
  user_id text COLLATE "C" NOT NULL,
  medium text COLLATE "C" NOT NULL,
  address text COLLATE "C" NOT NULL,
  id_server text COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, medium, address, id_server)
);
