import type { IConstruct } from 'constructs';

/** Where reasons stand among a construct's metadata. */
const METADATA = 'myelin:because';

/** Why a rule of cdk-nag does not hold on a construct and below it. */
export interface Because {
  /** The rule, such as `AwsSolutions-RDS3`. */
  id: string;
  /** Whole sentences. */
  reason: string;
}

/**
 * Says why a rule of cdk-nag does not hold. There is no other way to leave a finding out, and a test fails for reasons that
 * excuse nothing as it does for findings without one.
 * @param construct where; what is below it is meant too
 */
export function because(construct: IConstruct, id: string, reason: string): void {
  construct.node.addMetadata(METADATA, { id, reason } satisfies Because);
}

/** The reasons that were given on a construct itself. */
export function reasonsOn(construct: IConstruct): Because[] {
  return construct.node.metadata.filter((entry) => entry.type === METADATA).map((entry) => entry.data as Because);
}
