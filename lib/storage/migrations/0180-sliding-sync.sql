-- Connections of sliding sync: what a client has been sent, so that any instance can go on. Those that nobody has used
-- for some days are pruned.
CREATE TABLE sliding_connections (
  connection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  -- The client's name for it; empty when it gives none.
  conn_id text COLLATE "C" NOT NULL,
  used_ts bigint NOT NULL,
  UNIQUE (user_id, device_id, conn_id)
);
CREATE INDEX sliding_connections_used ON sliding_connections (used_ts);

-- What has been sent up to an answer. The one before is kept until the client shows that it has got the answer.
CREATE TABLE sliding_positions (
  position_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id bigint NOT NULL REFERENCES sliding_connections ON DELETE CASCADE,
  -- JSON, in the shape of lib/domain/sync/sliding/connection-state.ts.
  state text NOT NULL
);
CREATE INDEX sliding_positions_connection ON sliding_positions (connection_id);
