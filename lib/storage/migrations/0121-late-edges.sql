-- Edges of the graph whose earlier end was stored after the later one: parents that came when a gap was filled.
CREATE TABLE late_edges (
  room_nid bigint NOT NULL,
  event_nid bigint NOT NULL,
  prev_nid bigint NOT NULL,
  PRIMARY KEY (event_nid, prev_nid)
);
CREATE INDEX late_edges_room ON late_edges (room_nid);
