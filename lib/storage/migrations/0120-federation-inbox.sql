-- Rooms' members on other servers: who may ask, and who is to be told. Local users cost it nothing.
CREATE INDEX memberships_of_servers ON memberships (room_nid, substr(user_id, strpos(user_id, ':') + 1))
  WHERE NOT local AND membership = 'join';

-- Transactions of other servers that were taken in, with their answers: the same one is not taken in twice. Pruned by
-- pruneTransactions.
CREATE TABLE federation_transactions (
  origin text COLLATE "C" NOT NULL,
  txn_id text COLLATE "C" NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  answer text NOT NULL,
  PRIMARY KEY (origin, txn_id)
);
CREATE INDEX federation_transactions_age ON federation_transactions (received_at);

-- PDUs of other servers that wait for their room's owner. Their signatures were checked. Small and busy.
CREATE TABLE federation_inbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slot smallint NOT NULL,
  room_id text COLLATE "C" NOT NULL,
  event_id text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  attempts smallint NOT NULL DEFAULT 0,
  -- Not before then: later than now after an attempt that failed.
  due_at timestamptz NOT NULL DEFAULT now(),
  -- Servers whose signatures were found right.
  signed_by text[] NOT NULL,
  pdu text NOT NULL,
  UNIQUE (event_id, origin)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX federation_inbox_due ON federation_inbox (slot, due_at);
CREATE INDEX federation_inbox_room ON federation_inbox (room_id, id);

-- Events that other servers had this one put into a room: joins, leaves and knocks. The room's other servers are to be
-- told by us. Rows leave when that is done.
CREATE TABLE federation_relays (
  event_nid bigint PRIMARY KEY,
  room_nid bigint NOT NULL,
  -- The server that it came from.
  origin text NOT NULL
);
