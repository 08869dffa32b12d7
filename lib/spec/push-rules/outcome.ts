import type { PushAction } from './types.ts';

/** What the first matching rule wants done. */
export interface Outcome {
  /** Is the user to be notified, and the event to count as unread notification? */
  notify: boolean;
  /** Does it count as a highlight, too? */
  highlight: boolean;
  /** Sound to play, `"default"` or one the user named. */
  sound?: string;
  /** All tweaks, to be handed to push gateways. */
  tweaks: Readonly<Record<string, unknown>>;
  /** The rule's actions without historical ones. */
  actions: readonly PushAction[];
  ruleId: string;
}

/**
 * Reads the actions of a rule (client-server `#actions`). `dont_notify` and `coalesce` are historical and ignored, so
 * that a rule of them alone does what an empty list does.
 */
export function outcomeOf(ruleId: string, actions: readonly PushAction[]): Outcome {
  const kept = actions.filter((action) => action !== 'dont_notify' && action !== 'coalesce');
  const tweaks: Record<string, unknown> = {};
  for (const action of kept) {
    if (typeof action === 'string') continue;
    const { set_tweak: tweak, value } = action;
    // A highlight without value is one; of other tweaks without value there is nothing to say.
    if (tweak === 'highlight') tweaks[tweak] = value !== false;
    else tweaks[tweak] = value ?? null;
  }
  const notify = kept.includes('notify');
  const sound = tweaks['sound'];
  return {
    notify,
    highlight: notify && tweaks['highlight'] === true,
    ...(typeof sound === 'string' ? { sound } : {}),
    tweaks,
    actions: kept,
    ruleId,
  };
}

/** Do two outcomes have the same effect? Which rule led to it does not matter, nor does a rule that does nothing. */
export function sameEffect(a: Outcome | undefined, b: Outcome | undefined): boolean {
  if (a === b) return true;
  if (a?.notify !== true || b?.notify !== true) return (a?.notify ?? false) === (b?.notify ?? false);
  return JSON.stringify(a.actions) === JSON.stringify(b.actions);
}
