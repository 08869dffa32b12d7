-- Last known presence, so that it outlives the writer.
CREATE TABLE presence (
  user_id text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL,
  presence text NOT NULL,
  status_msg text,
  last_active_ts bigint NOT NULL,
  currently_active boolean NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX presence_position ON presence (position);
