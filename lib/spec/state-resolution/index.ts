/** State resolution of all room versions. */
export { AuthGraph } from './auth-graph.ts';
export { resolveState, resolveV1, resolveV2, resolveV21 } from './resolve-state.ts';
export {
  type AuthCheck,
  type EventSource,
  keyOfEvent,
  MissingEventsError,
  type ResolutionEvent,
  type ResolveOptions,
  resolutionEventOf,
  type StateKey,
  type StateMap,
  splitStateKey,
  stateKeyOf,
} from './types.ts';
