-- Processes that run units. What a process owns (room slots, shards, the work of a singleton) is its own for as long as
-- its row here is alive: one row is renewed, however much it owns. All times are this database's.
CREATE TABLE unit_processes (
  process text PRIMARY KEY,
  units text[] NOT NULL,
  -- Where its writers take commands; NULL when nobody else can reach it.
  address text,
  -- It is ending: gives away what it owns and takes nothing new.
  draining boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz NOT NULL,
  -- How far it has read the streams that it follows, by name.
  positions jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 20);

-- Who does a shard of a unit's work. The epoch grows with every change of owner; every batch of events checks it (P4).
CREATE TABLE unit_leases (
  unit text COLLATE "C" NOT NULL,
  shard smallint NOT NULL,
  owner text,
  epoch bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (unit, shard)
) WITH (fillfactor = 50);

INSERT INTO unit_leases (unit, shard, epoch) SELECT 'event-persister', slot, epoch FROM slots;
DROP TABLE slots;
