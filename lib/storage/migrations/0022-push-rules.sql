-- What users changed about their push rules, whole, in the shape of lib/spec/push-rules (StoredPushRule[]).
CREATE TABLE push_rules (
  user_id text COLLATE "C" PRIMARY KEY,
  rules jsonb NOT NULL,
  -- Grows with every change, so that two changes at once don't lose one.
  version bigint NOT NULL,
  position bigint NOT NULL
);
CREATE UNIQUE INDEX push_rules_position ON push_rules (position);
