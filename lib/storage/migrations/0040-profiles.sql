-- Profiles of this server's users. A user without a row has an empty one.
CREATE TABLE profiles (
  user_id text COLLATE "C" PRIMARY KEY,
  display_name text,
  avatar_url text,
  -- Further fields, a JSON object as text: jsonb cannot hold every string that JSON can.
  fields text NOT NULL DEFAULT '{}'
);
