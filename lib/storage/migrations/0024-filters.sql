-- Filters of users. The same filter is stored once, so that clients which define it at every start don't fill the table.
CREATE TABLE user_filters (
  user_id text COLLATE "C" NOT NULL,
  filter_id integer NOT NULL,
  hash bytea NOT NULL,
  json text NOT NULL,
  PRIMARY KEY (user_id, filter_id),
  UNIQUE (user_id, hash)
);
