import type { Endpoint } from '../../http/endpoint.ts';
import deleteRule from './delete-rule.ts';
import getGlobalRules from './get-global-rules.ts';
import getRule from './get-rule.ts';
import getRuleActions from './get-rule-actions.ts';
import getRuleEnabled from './get-rule-enabled.ts';
import getRules from './get-rules.ts';
import getRulesOfKind from './get-rules-of-kind.ts';
import { malformedPaths } from './malformed-paths.ts';
import setRule from './set-rule.ts';
import setRuleActions from './set-rule-actions.ts';
import setRuleEnabled from './set-rule-enabled.ts';

export const endpoints: Endpoint[] = [
  getRules,
  getGlobalRules,
  getRule,
  setRule,
  deleteRule,
  getRuleEnabled,
  setRuleEnabled,
  getRuleActions,
  setRuleActions,
  getRulesOfKind,
  ...malformedPaths,
];
