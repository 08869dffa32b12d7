-- Mailboxes through which two devices find each other when one signs the other in. They live for minutes.
CREATE TABLE rendezvous_sessions (
  session_id text COLLATE "C" PRIMARY KEY,
  data text NOT NULL,
  content_type text NOT NULL,
  -- Grows with every change.
  sequence bigint NOT NULL DEFAULT 1,
  modified_ts bigint NOT NULL,
  expires_ts bigint NOT NULL
);
CREATE INDEX rendezvous_sessions_expires ON rendezvous_sessions (expires_ts);
