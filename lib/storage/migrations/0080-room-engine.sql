-- Chain cover of the graph of auth_events: each state event has a place on a chain whose events all reach those before
-- them, and links say how far up other chains a place reaches. So reachability is answered without walking the graph.
CREATE TABLE event_chains (
  event_nid bigint PRIMARY KEY,
  -- The numeric id of the chain's first event.
  chain_id bigint NOT NULL,
  sequence integer NOT NULL
);
CREATE UNIQUE INDEX event_chains_place ON event_chains (chain_id, sequence);

-- Events of origin_chain from origin_sequence on reach target_chain up to target_sequence. What follows from other
-- links is left out.
CREATE TABLE chain_links (
  origin_chain bigint NOT NULL,
  origin_sequence integer NOT NULL,
  target_chain bigint NOT NULL,
  target_sequence integer NOT NULL,
  PRIMARY KEY (origin_chain, target_chain, origin_sequence)
);

INSERT INTO event_chains (event_nid, chain_id, sequence)
SELECT event_nid, event_nid, 1 FROM events WHERE state_key IS NOT NULL;

INSERT INTO chain_links (origin_chain, origin_sequence, target_chain, target_sequence)
SELECT DISTINCT e.event_nid, 1, a.nid, 1 FROM events e CROSS JOIN LATERAL unnest(e.auth_nids) AS a(nid)
WHERE e.state_key IS NOT NULL AND EXISTS (SELECT 1 FROM events t WHERE t.event_nid = a.nid AND t.state_key IS NOT NULL);

-- Redactions whose target has not come yet. They are applied, and shown, when it does and they have the right to.
CREATE TABLE held_redactions (
  redacts text COLLATE "C" NOT NULL,
  by_nid bigint NOT NULL,
  room_nid bigint NOT NULL,
  -- The sender may redact events of anybody.
  has_power boolean NOT NULL,
  PRIMARY KEY (redacts, by_nid)
);

-- Changes of a room's current state that its timeline does not tell: what an event at that position changed beside its
-- own key, and what it did not change of its own. event_nid is the value after (NULL: none), previous_nid the one before.
CREATE TABLE state_corrections (
  room_nid bigint NOT NULL,
  position bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  state_key text COLLATE "C" NOT NULL,
  event_nid bigint,
  previous_nid bigint,
  PRIMARY KEY (room_nid, position, type, state_key)
);

-- A device's newest transactions in a room are read from the index's end, however many events it has sent there.
DROP INDEX events_transaction;
CREATE INDEX events_transaction ON events (room_nid, sender, txn_device, position) WHERE txn_id IS NOT NULL;
