/** Versions of the specification that clients may count on. */
export const SPEC_VERSIONS: readonly string[] = [
  ...['r0.0.1', 'r0.1.0', 'r0.2.0', 'r0.3.0', 'r0.4.0', 'r0.5.0', 'r0.6.0', 'r0.6.1'],
  ...Array.from({ length: 19 }, (_, i) => `v1.${i + 1}`),
];

/**
 * What there is beyond them, and what old clients ask for by its name from before it was in them. Only what is answered
 * in full.
 */
export const UNSTABLE_FEATURES: Readonly<Record<string, boolean>> = Object.fromEntries(
  [
    'com.beeper.msc4169',
    'fi.mau.msc2246.stable',
    'fi.mau.msc2815',
    'io.element.msc4388',
    'org.matrix.e2e_cross_signing',
    'org.matrix.msc2285.stable',
    'org.matrix.msc3030',
    'org.matrix.msc3381',
    'org.matrix.msc3440.stable',
    'org.matrix.msc3771',
    'org.matrix.msc3773',
    'org.matrix.msc3814',
    'org.matrix.msc3827.stable',
    'org.matrix.msc3856.stable',
    'org.matrix.msc3874',
    'org.matrix.msc3881',
    'org.matrix.msc3882',
    'org.matrix.msc3890',
    'org.matrix.msc3916.stable',
    'org.matrix.msc3981',
    'org.matrix.msc4028',
    'org.matrix.msc4069',
    'org.matrix.msc4108',
    'org.matrix.msc4140',
    'org.matrix.msc4143',
    'org.matrix.msc4222',
    'org.matrix.msc4380.stable',
    'org.matrix.simplified_msc3575',
    'uk.half-shot.msc2666.query_mutual_rooms',
    'uk.half-shot.msc2666.query_mutual_rooms.stable',
    'uk.tcpip.msc4133',
    'uk.tcpip.msc4133.stable',
  ].map((name) => [name, true]),
);
