-- Users who can be searched for, by the reader `user-directory`. Who finds whom is decided by memberships.
CREATE TABLE user_directory (
  user_id text COLLATE "C" PRIMARY KEY,
  display_name text,
  avatar_url text,
  -- Localpart and display name in the form in which they are compared whole.
  localpart text COLLATE "C" NOT NULL,
  name text COLLATE "C",
  -- Their words, and those of the server's name.
  words tsvector NOT NULL
);
CREATE INDEX user_directory_words ON user_directory USING gin (words);

-- Rooms whose members everybody finds: anybody may join them or look into them.
CREATE TABLE user_directory_rooms (
  room_nid bigint PRIMARY KEY
);

-- Local users whose entry is out of date. Noted in the transaction of the change, so that none is missed.
CREATE TABLE user_directory_changes (
  user_id text COLLATE "C" PRIMARY KEY
);

INSERT INTO user_directory_changes (user_id) SELECT user_id FROM users;

CREATE FUNCTION note_user_directory_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- An entry that is there is locked, so that the reader doesn't take it before this change can be seen.
  INSERT INTO user_directory_changes (user_id) VALUES (NEW.user_id)
  ON CONFLICT (user_id) DO UPDATE SET user_id = EXCLUDED.user_id;
  RETURN NULL;
END $$;

CREATE TRIGGER user_directory_profile AFTER INSERT OR UPDATE OF display_name, avatar_url ON profiles
  FOR EACH ROW EXECUTE FUNCTION note_user_directory_change();
CREATE TRIGGER user_directory_account AFTER UPDATE OF deactivated_ts, user_type, is_guest ON users
  FOR EACH ROW EXECUTE FUNCTION note_user_directory_change();
