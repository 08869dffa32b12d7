-- What one user alone is told of in the device_lists stream: keys that they have signed. One row a pair.
CREATE TABLE private_device_list_changes (
  seen_by text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (seen_by, user_id)
);
CREATE UNIQUE INDEX private_device_list_changes_position ON private_device_list_changes (position);

-- Changes of devices and keys that are committed and perhaps not in the stream yet. The writer of the stream takes the
-- rows away; what a process that ended has left is announced by the job prune-to-device.
CREATE TABLE pending_device_lists (
  pending_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  -- NULL: everybody who shares a room.
  seen_by text COLLATE "C",
  created_ts bigint NOT NULL
);
CREATE INDEX pending_device_lists_user ON pending_device_lists (user_id);
