-- Devices that receive keys while no other device of their user can (MSC3814), one a user.
CREATE TABLE dehydrated_devices (
  user_id text COLLATE "C" PRIMARY KEY,
  device_id text COLLATE "C" NOT NULL,
  -- The encrypted account, as JSON that only clients can read.
  device_data text NOT NULL
);
