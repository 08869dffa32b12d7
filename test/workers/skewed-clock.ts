// Preloaded into every process of a deployment; moves the wall clock of those that run the unit named in
// MYELIN_TEST_SKEW (`event-persister:3600000`).
const [unit = '', ms] = (process.env['MYELIN_TEST_SKEW'] ?? '').split(':');
if (ms && (process.env['UNITS'] ?? '').split(',').includes(unit)) {
  const real = Date;
  const now = () => real.now() + Number(ms);
  globalThis.Date = new Proxy(real, {
    construct: (target, args) => (args.length === 0 ? new target(now()) : Reflect.construct(target, args)),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
