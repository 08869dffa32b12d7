import { invalidParam, notFound, unknown } from '../errors.ts';
import { type DefaultRuleOptions, isPredefined } from './default-rules.ts';
import { isPredefinedId, ownRules, type StoredPushRule } from './stored-rules.ts';
import type { PushAction, PushRuleKind } from './types.ts';
import type { RuleBody } from './validate-rule.ts';

/** Most rules of one user. Clients keep one for each muted room, so it has to be generous. */
export const MAX_RULES = 10_000;

/** Where a rule is to be put: next to one of the user's own rules of the same kind; `before` wins if both are given. */
export interface RulePlace {
  /** Makes the rule the next more important one. */
  before?: string;
  /** Makes the rule the next less important one. */
  after?: string;
}

/**
 * Adds a rule or changes one (client-server `PUT /pushrules/global/{kind}/{ruleId}`). A new rule is enabled and the most
 * important of its kind unless `place` says otherwise; an existing one keeps its place and whether it is enabled.
 *
 * @param rows all rows of the user; not changed
 * @param body as `validateRule` gives it
 * @throws MatrixError 400 `M_UNKNOWN` when the rule named by `place` is none of the user's own rules of the kind
 */
export function applyPut(
  rows: readonly StoredPushRule[],
  kind: PushRuleKind,
  ruleId: string,
  { actions, conditions, pattern }: RuleBody,
  place: RulePlace = {},
): StoredPushRule[] {
  const own = ownRules(rows, kind);
  const existing = own.find((row) => row.ruleId === ruleId);
  if (existing === undefined && rows.length >= MAX_RULES) throw invalidParam('There are too many push rules');
  const rule: StoredPushRule = {
    kind,
    ruleId,
    order: existing?.order ?? (own[0]?.order ?? 0) + 1,
    actions,
    enabled: existing?.enabled ?? true,
    ...(conditions === undefined ? {} : { conditions }),
    ...(pattern === undefined ? {} : { pattern }),
  };
  const anchor = findAnchor(own, place);
  const others = own.filter((row) => row.ruleId !== ruleId);
  if (anchor === undefined || anchor.ruleId === ruleId) {
    return [...rows.filter((row) => row !== existing), rule];
  }
  const at = others.indexOf(anchor) + (place.before === undefined ? 1 : 0);
  rule.order = at < others.length ? others[at]!.order! + 1 : others[at - 1]!.order! - 1;
  others.splice(at, 0, rule);
  return [...rows.filter((row) => !own.includes(row)), ...renumber(others)];
}

/**
 * Takes away one of the user's own rules.
 * @throws MatrixError 404 `M_NOT_FOUND`
 */
export function applyDelete(rows: readonly StoredPushRule[], kind: PushRuleKind, ruleId: string): StoredPushRule[] {
  if (isPredefinedId(ruleId)) throw notFound('The push rule is none of your own');
  const left = rows.filter((row) => row.kind !== kind || row.ruleId !== ruleId);
  if (left.length === rows.length) throw ruleNotFound();
  return left;
}

/**
 * Enables or disables a rule, predefined or own (client-server `PUT …/enabled`).
 * @throws MatrixError 404 `M_NOT_FOUND`
 */
export function setEnabled(
  rows: readonly StoredPushRule[],
  kind: PushRuleKind,
  ruleId: string,
  enabled: boolean,
  options: DefaultRuleOptions = {},
): StoredPushRule[] {
  return changeRule(rows, kind, ruleId, { enabled }, options);
}

/**
 * Replaces the actions of a rule, predefined or own (client-server `PUT …/actions`).
 * @throws MatrixError 404 `M_NOT_FOUND`
 */
export function setActions(
  rows: readonly StoredPushRule[],
  kind: PushRuleKind,
  ruleId: string,
  actions: PushAction[],
  options: DefaultRuleOptions = {},
): StoredPushRule[] {
  return changeRule(rows, kind, ruleId, { actions }, options);
}

/** Which rows have to be written and which to be deleted to get from one list to the other. */
export function diffRows(
  before: readonly StoredPushRule[],
  after: readonly StoredPushRule[],
): { upserts: StoredPushRule[]; deletes: Array<{ kind: PushRuleKind; ruleId: string }> } {
  const keyOf = (row: StoredPushRule): string => `${row.kind}/${row.ruleId}`;
  const old = new Map(before.map((row) => [keyOf(row), row]));
  const upserts = after.filter((row) => JSON.stringify(row) !== JSON.stringify(old.get(keyOf(row))));
  for (const row of after) old.delete(keyOf(row));
  return { upserts, deletes: Array.from(old.values(), ({ kind, ruleId }) => ({ kind, ruleId })) };
}

function changeRule(
  rows: readonly StoredPushRule[],
  kind: PushRuleKind,
  ruleId: string,
  change: Pick<StoredPushRule, 'actions' | 'enabled'>,
  options: DefaultRuleOptions,
): StoredPushRule[] {
  const at = rows.findIndex((row) => row.kind === kind && row.ruleId === ruleId);
  if (isPredefinedId(ruleId)) {
    if (!isPredefined(kind, ruleId, options)) throw ruleNotFound();
    if (at < 0) return [...rows, { kind, ruleId, order: null, ...change }];
  }
  if (at < 0) throw ruleNotFound();
  return rows.with(at, { ...rows[at]!, ...change });
}

function findAnchor(own: readonly StoredPushRule[], { before, after }: RulePlace): StoredPushRule | undefined {
  const wanted = before ?? after;
  if (wanted === undefined) return undefined;
  if (isPredefinedId(wanted)) throw invalidParam('A rule cannot be put next to a predefined one');
  const anchor = own.find((row) => row.ruleId === wanted);
  if (anchor === undefined) throw unknown(`before/after rule not found: ${wanted}`);
  return anchor;
}

/** Gives the user's own rows, most important first, orders that fall; those that fit already stay as they are. */
function renumber(rows: readonly StoredPushRule[]): StoredPushRule[] {
  const renumbered: StoredPushRule[] = [];
  let below = -Infinity;
  for (const row of rows.toReversed()) {
    const order = Math.max(row.order!, below + 1);
    renumbered.unshift(order === row.order ? row : { ...row, order });
    below = order;
  }
  return renumbered;
}

function ruleNotFound(): Error {
  return notFound('The push rule was not found');
}
