-- Work that may wait, where no queue of the platform is used. Small and busy: rows leave as soon as they are done.
CREATE TABLE queue_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text NOT NULL,
  body jsonb NOT NULL,
  -- Set until the message is first claimed.
  dedupe_id text,
  attempts integer NOT NULL DEFAULT 0,
  -- When it may be claimed: later than now while it is delayed or being handled.
  visible_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX queue_messages_due ON queue_messages (queue, visible_at, id);
CREATE UNIQUE INDEX queue_messages_dedupe ON queue_messages (queue, dedupe_id) WHERE dedupe_id IS NOT NULL;

-- Messages that failed too often. Pruned by pruneDeadLetters.
CREATE TABLE queue_dead_letters (
  id bigint PRIMARY KEY,
  queue text NOT NULL,
  body jsonb NOT NULL,
  attempts integer NOT NULL,
  error text,
  created_at timestamptz NOT NULL,
  died_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX queue_dead_letters_age ON queue_dead_letters (died_at);
