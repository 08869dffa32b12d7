import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import type { Stage } from '../stages.ts';

/**
 * A REST API without routes: {@link RouteMap} adds them. Regional; bodies pass as bytes; whatever it answers by itself is
 * a Matrix error that browsers may read.
 */
export class ApiShell extends Construct {
  readonly restApiId: string;
  readonly rootResourceId: string;
  /** Its host name; the stage is the first segment of paths there. */
  readonly host: string;
  /** The permission to log must be there before a stage that logs. */
  readonly account?: apigateway.CfnAccount;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    const { region, urlSuffix } = Stack.of(this);
    const api = new apigateway.CfnRestApi(this, 'RestApi', {
      name: `myelin-${stage.name}`,
      description: `Myelin, stage ${stage.name}`,
      endpointConfiguration: { types: ['REGIONAL'] },
      binaryMediaTypes: ['*/*'],
    });
    this.restApiId = api.ref;
    this.rootResourceId = api.attrRootResourceId;
    this.host = `${api.ref}.execute-api.${region}.${urlSuffix}`;
    this.#ownAnswers();
    if (!stage.local) this.account = this.#mayLog();
    because(
      api,
      'AwsSolutions-APIG2',
      'Units check requests themselves, against the schemas of the Matrix specification.',
    );
  }

  #ownAnswers(): void {
    const answers = {
      DEFAULT_4XX: ['M_UNKNOWN', '$context.error.message'],
      DEFAULT_5XX: ['M_UNKNOWN', 'The server did not answer in time.'],
      REQUEST_TOO_LARGE: ['M_TOO_LARGE', 'The request is larger than 10 MB.'],
      THROTTLED: ['M_LIMIT_EXCEEDED', 'Too many requests.'],
      MISSING_AUTHENTICATION_TOKEN: ['M_UNRECOGNIZED', 'There is no such endpoint.'],
    } as const;
    for (const [responseType, [errcode, error]] of Object.entries(answers)) {
      new apigateway.CfnGatewayResponse(this, `Answer-${responseType}`, {
        restApiId: this.restApiId,
        responseType,
        ...(responseType === 'MISSING_AUTHENTICATION_TOKEN' ? { statusCode: '404' } : {}),
        responseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
        responseTemplates: { 'application/json': JSON.stringify({ errcode, error }) },
      });
    }
  }

  /** An account has one role by which its gateways log; without it no stage with logs can be made. */
  #mayLog(): apigateway.CfnAccount {
    const { region, account, partition } = Stack.of(this);
    const role = new iam.Role(this, 'LogRole', {
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      inlinePolicies: {
        logs: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: [
                'logs:CreateLogGroup',
                'logs:CreateLogStream',
                'logs:DescribeLogGroups',
                'logs:DescribeLogStreams',
                'logs:PutLogEvents',
                'logs:GetLogEvents',
                'logs:FilterLogEvents',
              ],
              resources: [`arn:${partition}:logs:${region}:${account}:*`],
            }),
          ],
        }),
      },
    });
    because(
      role,
      'AwsSolutions-IAM5',
      'API Gateway has one role for the logs of all its stages in an account, and checks that it may do these in any group.',
    );
    return new apigateway.CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
  }
}
