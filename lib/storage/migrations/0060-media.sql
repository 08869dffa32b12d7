-- Files that local users uploaded, and ids that were given out for files to come (blob_key NULL). A file of another
-- server has that server's name and no user.
CREATE TABLE media (
  server_name text COLLATE "C" NOT NULL,
  media_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",
  created_ts bigint NOT NULL,
  -- When an id without a file ends; NULL from the start where the file came first.
  expires_ts bigint,
  -- Where the bytes are.
  blob_key text COLLATE "C",
  size bigint,
  -- Of the bytes.
  sha256 bytea,
  content_type text,
  file_name text,
  -- Came while downloads without an access token were switched off: such a file is never given out without one.
  needs_token boolean NOT NULL DEFAULT false,
  PRIMARY KEY (server_name, media_id),
  CHECK (expires_ts IS NOT NULL OR blob_key IS NOT NULL),
  CHECK (blob_key IS NULL OR (size IS NOT NULL AND sha256 IS NOT NULL AND content_type IS NOT NULL))
);
-- Ids without a file: how many a user has, and which have expired.
CREATE INDEX media_pending ON media (user_id, expires_ts) WHERE blob_key IS NULL;

-- Objects that no row of media refers to: uploads under way, and what they left when a process died. The row is there
-- before the object is, and goes in the statement that makes media refer to it. Pruned by prune-pending-uploads.
CREATE TABLE loose_blobs (
  blob_key text COLLATE "C" PRIMARY KEY,
  created_ts bigint NOT NULL
);
CREATE INDEX loose_blobs_age ON loose_blobs (created_ts);
