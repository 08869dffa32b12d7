-- The newest cross-signing keys of each user.
CREATE TABLE cross_signing_keys (
  user_id text COLLATE "C" NOT NULL,
  -- 'master', 'self_signing' or 'user_signing'.
  usage text COLLATE "C" NOT NULL,
  public_key text COLLATE "C" NOT NULL,
  -- Canonical JSON as uploaded, without `unsigned`.
  json text NOT NULL,
  PRIMARY KEY (user_id, usage)
);

-- Signatures that were uploaded apart from what they sign. They go with either key.
CREATE TABLE key_signatures (
  target_user_id text COLLATE "C" NOT NULL,
  -- A device id or a public key.
  target text COLLATE "C" NOT NULL,
  signer_user_id text COLLATE "C" NOT NULL,
  -- Such as 'ed25519:<public key or device id>'.
  key_id text COLLATE "C" NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (target_user_id, target, signer_user_id, key_id)
);
CREATE INDEX key_signatures_signer ON key_signatures (signer_user_id, key_id);
