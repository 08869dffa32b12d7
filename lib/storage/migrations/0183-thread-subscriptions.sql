-- Threads that users want to hear of, or do not any more (MSC4306). Changes take places of the account_data stream.
CREATE TABLE thread_subscriptions (
  user_id text COLLATE "C" NOT NULL,
  room_nid bigint NOT NULL,
  thread_root text COLLATE "C" NOT NULL,
  subscribed boolean NOT NULL,
  -- Because of an event in the thread, not by the user's own wish.
  automatic boolean NOT NULL,
  -- Place in the events stream where the user last unsubscribed: events up to it are no reason to subscribe again.
  unsubscribed_at bigint NOT NULL DEFAULT 0,
  position bigint NOT NULL,
  PRIMARY KEY (user_id, room_nid, thread_root)
);
CREATE INDEX thread_subscriptions_user_position ON thread_subscriptions (user_id, position);
CREATE INDEX thread_subscriptions_position ON thread_subscriptions (position);
CREATE INDEX thread_subscriptions_room ON thread_subscriptions (room_nid);
