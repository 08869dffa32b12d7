import type { StackProps } from 'aws-cdk-lib';
import type { Stage } from './stages.ts';

/** What every stack is made with. */
export interface StackSettings extends StackProps {
  stage: Stage;
}
