CREATE TABLE one_time_keys (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  algorithm text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  json text NOT NULL,
  -- Keys are given out in the order in which they came.
  place bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (user_id, device_id, algorithm, key_id)
);

CREATE TABLE fallback_keys (
  user_id text COLLATE "C" NOT NULL,
  device_id text COLLATE "C" NOT NULL,
  algorithm text COLLATE "C" NOT NULL,
  key_id text COLLATE "C" NOT NULL,
  json text NOT NULL,
  used boolean NOT NULL DEFAULT false,
  PRIMARY KEY (user_id, device_id, algorithm)
);
