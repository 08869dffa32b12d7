/** Versions of the specification that clients may count on. */
export const SPEC_VERSIONS: readonly string[] = [
  ...['r0.0.1', 'r0.1.0', 'r0.2.0', 'r0.3.0', 'r0.4.0', 'r0.5.0', 'r0.6.0', 'r0.6.1'],
  ...Array.from({ length: 19 }, (_, i) => `v1.${i + 1}`),
];

/** What there is beyond them, and what old clients ask for by its name from before it was in them. */
export const UNSTABLE_FEATURES: Readonly<Record<string, boolean>> = {
  'org.matrix.e2e_cross_signing': true,
  // MSC4140
  'org.matrix.msc4140': true,
  // MSC4143
  'org.matrix.msc4143': true,
  // MSC4186
  'org.matrix.simplified_msc3575': true,
};
