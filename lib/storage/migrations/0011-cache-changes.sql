-- What cached values are out of date. Each insert removes the rows that fell out of the newest ten thousand.
CREATE TABLE cache_changes (
  position bigint PRIMARY KEY,
  kind text NOT NULL,
  key text NOT NULL
);
