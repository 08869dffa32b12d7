import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import { because } from '../nag.ts';

const CODE = 'myelin:helper';

/**
 * The function that does for a stack what CloudFormation cannot: runs the schema job, empties buckets, looks up the
 * addresses of CloudFront. One for each stack that needs it, with no more rights than its resources ask for.
 */
export class Helper extends Construct {
  readonly arn: string;
  readonly #role: iam.Role;
  #policies = 0;

  /** The helper of the stack that a construct is in. */
  static of(construct: IConstruct): Helper {
    const stack = Stack.of(construct);
    return (stack.node.tryFindChild('Helper') as Helper | undefined) ?? new Helper(stack, 'Helper');
  }

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.#role);
    const fn = new lambda.Function(this, 'Function', {
      description: 'Does for CloudFormation what it cannot do itself',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(codeOf(this)),
      memorySize: 256,
      timeout: Duration.minutes(15),
      role: this.#role,
      logGroup,
    });
    this.arn = fn.functionArn;
    because(this, 'Serverless-LambdaDLQ', 'CloudFormation waits for its answer and tries again itself.');
    because(this, 'Serverless-LambdaTracing', 'It runs during deployments only, and its log says what it did.');
  }

  /** Gives the function a right. Resources that need it must depend on what this returns. */
  allow(actions: string[], resources: string[], conditions?: Record<string, unknown>): iam.Policy {
    return new iam.Policy(this, `Right${this.#policies++}`, {
      roles: [this.#role],
      statements: [
        new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions: conditions as never } : {}) }),
      ],
    });
  }
}

/** The bundle that {@link useHelper} named for the app. */
function codeOf(construct: Construct): string {
  return construct.node.getContext(CODE) as string;
}

/** Tells an app where the helper's bundle is. */
export function useHelper(app: Construct, folder: string): void {
  app.node.setContext(CODE, folder);
}
