CREATE TABLE openid_tokens (
  -- SHA-256 of the token, which is not kept.
  token_hash bytea PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  expires_ts bigint NOT NULL
);
CREATE INDEX openid_tokens_expires ON openid_tokens (expires_ts);
