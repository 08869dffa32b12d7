/**
 * The streams as declarations name them; `lib/streams` defines each of them (a test compares the two lists).
 */
export const STREAM_NAMES = [
  'events',
  'receipts',
  'account_data',
  'to_device',
  'device_lists',
  'push_rules',
  'presence',
  'typing',
  'federation',
  'caches',
] as const;

export type UnitStream = (typeof STREAM_NAMES)[number];

/** Invalidations of cached values: whoever changes a value writes them, so no unit owns this one. */
export const SHARED_STREAM: UnitStream = 'caches';
