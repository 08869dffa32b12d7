/** State resolution of all room versions. */
export { AuthGraph } from './auth-graph.ts';
export { resolveState, resolveV2, resolveV21 } from './resolve-state.ts';
export {
  keyOfEvent,
  MissingEventsError,
  type ResolutionEvent,
  resolutionEventOf,
  type StateKey,
  type StateMap,
  splitStateKey,
  stateKeyOf,
} from './types.ts';
