-- Backups of room keys. A row stays when its backup is deleted: a version is never given twice.
CREATE TABLE key_backups (
  backup_nid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  algorithm text NOT NULL,
  -- JSON.
  auth_data text NOT NULL,
  -- Changes whenever the keys do.
  etag bigint NOT NULL DEFAULT 0,
  -- Keys that are in it.
  count bigint NOT NULL DEFAULT 0,
  deleted boolean NOT NULL DEFAULT false,
  UNIQUE (user_id, version)
) WITH (fillfactor = 70);

CREATE TABLE backed_up_keys (
  backup_nid bigint NOT NULL,
  room_id text COLLATE "C" NOT NULL,
  session_id text COLLATE "C" NOT NULL,
  first_message_index bigint NOT NULL,
  forwarded_count bigint NOT NULL,
  is_verified boolean NOT NULL,
  -- JSON.
  session_data text NOT NULL,
  PRIMARY KEY (backup_nid, room_id, session_id)
);
