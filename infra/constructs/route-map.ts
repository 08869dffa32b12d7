import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { type GatewayRoute, gatewayResources } from '../../lib/routing/gateway-routes.ts';
import type { FrontUnit } from '../../lib/routing/unit-names.ts';
import { because } from '../nag.ts';
import { API_STAGE } from '../ports.ts';
import type { Stage } from '../stages.ts';
import type { LambdaUnit } from './lambda-unit.ts';

/** Where the gateway finds a task unit. */
export interface TaskTarget {
  /** Base URL, without a slash at the end. */
  url: string;
  /** By a link into the network; directly when absent. */
  link?: { id: string; balancerArn: string };
  /** Header by which the balancer knows the unit. */
  header: string;
}

interface RouteMapProps {
  stage: Stage;
  api: { restApiId: string; rootResourceId: string };
  routes: readonly GatewayRoute[];
  lambdas: Readonly<Record<string, LambdaUnit>>;
  tasks: TaskTarget;
  /** Where requests are logged; nowhere for a local AWS. */
  accessLogArn?: string;
}

/** The gateway's longest wait for a buffered answer, and for a streamed one, in milliseconds. */
const BUFFERED_MS = 29_000;
const STREAMED_MS = 300_000;

/** The compiled routes as resources, methods and integrations of a REST API, and the deployment that puts them in force. */
export class RouteMap extends Construct {
  readonly deployment: apigateway.CfnDeployment;
  readonly apiStage: apigateway.CfnStage;
  readonly #props: RouteMapProps;
  readonly #resources = new Map<string, string>();

  constructor(scope: Construct, id: string, props: RouteMapProps) {
    super(scope, id);
    this.#props = props;
    this.#makeResources();
    const methods = props.routes.map((route) => this.#makeMethod(route));
    this.deployment = this.#deploy(methods);
    this.apiStage = this.#makeStage();
    for (const unit of Object.values(props.lambdas)) this.#letIn(unit);
  }

  #makeResources(): void {
    const { api, routes } = this.#props;
    for (const path of gatewayResources(routes)) {
      if (path === '/') {
        this.#resources.set(path, api.rootResourceId);
        continue;
      }
      const cut = path.lastIndexOf('/');
      const resource = new apigateway.CfnResource(this, `At${path}`, {
        restApiId: api.restApiId,
        parentId: this.#resources.get(path.slice(0, cut) || '/')!,
        pathPart: path.slice(cut + 1),
      });
      this.#resources.set(path, resource.ref);
    }
  }

  #makeMethod({ method, path, unit }: GatewayRoute): apigateway.CfnMethod {
    const lambdaUnit = this.#props.lambdas[unit];
    const variables = [...path.matchAll(/\{(\w+)\+?\}/g)].map((match) => match[1]!);
    return new apigateway.CfnMethod(this, `${method} ${path}`, {
      restApiId: this.#props.api.restApiId,
      resourceId: this.#resources.get(path)!,
      httpMethod: method,
      authorizationType: 'NONE',
      requestParameters: Object.fromEntries(variables.map((name) => [`method.request.path.${name}`, true])),
      integration: lambdaUnit ? this.#toLambda(lambdaUnit) : this.#toTasks(method, path, unit, variables),
    });
  }

  #toLambda(unit: LambdaUnit): apigateway.CfnMethod.IntegrationProperty {
    const { partition, region } = Stack.of(this);
    const streams = this.#streams(unit);
    const [version, action] = streams
      ? ['2021-11-15', 'response-streaming-invocations']
      : ['2015-03-31', 'invocations'];
    const arn = unit.function.functionArn;
    return {
      type: 'AWS_PROXY',
      integrationHttpMethod: 'POST',
      uri: `arn:${partition}:apigateway:${region}:lambda:path/${version}/functions/${arn}/${action}`,
      ...(streams
        ? { responseTransferMode: 'STREAM', timeoutInMillis: STREAMED_MS }
        : { timeoutInMillis: BUFFERED_MS }),
    };
  }

  #streams(unit: LambdaUnit): boolean {
    return (this.#props.stage.streamResponses as readonly string[]).includes(unit.name);
  }

  /** Tasks answer polls and media: streamed, where the service can. */
  #toTasks(
    method: string,
    path: string,
    unit: FrontUnit,
    variables: string[],
  ): apigateway.CfnMethod.IntegrationProperty {
    const { url, link, header } = this.#props.tasks;
    const parameters = variables.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]);
    return {
      type: 'HTTP_PROXY',
      integrationHttpMethod: method,
      uri: `${url}${path.replace('+}', '}')}`,
      requestParameters: { ...Object.fromEntries(parameters), [`integration.request.header.${header}`]: `'${unit}'` },
      ...(link
        ? {
            connectionType: 'VPC_LINK',
            connectionId: link.id,
            integrationTarget: link.balancerArn,
            responseTransferMode: 'STREAM',
            timeoutInMillis: STREAMED_MS,
          }
        : { timeoutInMillis: BUFFERED_MS }),
    };
  }

  /** A deployment is a picture of the routes: its name has their hash, so that other routes make another one. */
  #deploy(methods: apigateway.CfnMethod[]): apigateway.CfnDeployment {
    const { routes, api, stage } = this.#props;
    const picture = createHash('sha256')
      .update(JSON.stringify([routes, stage.streamResponses, 1]))
      .digest('hex')
      .slice(0, 12);
    const deployment = new apigateway.CfnDeployment(this, `Deployment${picture}`, { restApiId: api.restApiId });
    for (const method of methods) deployment.addResourceDependency(method);
    return deployment;
  }

  #makeStage(): apigateway.CfnStage {
    const { stage, api, accessLogArn } = this.#props;
    const format = {
      time: '$context.requestTime',
      id: '$context.requestId',
      ip: '$context.identity.sourceIp',
      method: '$context.httpMethod',
      // The resource, and not the path: paths name rooms and users.
      route: '$context.resourcePath',
      status: '$context.status',
      ms: '$context.responseLatency',
      bytes: '$context.responseLength',
      error: '$context.error.message',
    };
    const made = new apigateway.CfnStage(this, 'Stage', {
      restApiId: api.restApiId,
      deploymentId: this.deployment.ref,
      stageName: API_STAGE,
      tracingEnabled: stage.traces,
      methodSettings: [
        {
          httpMethod: '*',
          resourcePath: '/*',
          metricsEnabled: false,
          loggingLevel: stage.local ? 'OFF' : 'ERROR',
          dataTraceEnabled: false,
          throttlingRateLimit: 2_000,
          throttlingBurstLimit: 4_000,
        },
      ],
      ...(accessLogArn ? { accessLogSetting: { destinationArn: accessLogArn, format: JSON.stringify(format) } } : {}),
    });
    const own = 'Accounts are the Matrix server’s own: units check access tokens and signatures themselves.';
    because(this, 'AwsSolutions-APIG4', own);
    because(this, 'AwsSolutions-COG4', own);
    because(
      made,
      'AwsSolutions-APIG3',
      'A firewall stands in front of the distribution, where the stage has one (waf).',
    );
    if (!stage.traces) because(made, 'Serverless-APIGWXrayEnabled', 'Traces are a switch of the stage (traces).');
    return made;
  }

  #letIn(unit: LambdaUnit): void {
    const stack = Stack.of(this);
    new lambda.CfnPermission(this, `May-${unit.name}`, {
      action: 'lambda:InvokeFunction',
      functionName: unit.function.functionArn,
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com').service,
      sourceArn: stack.formatArn({
        service: 'execute-api',
        resource: this.#props.api.restApiId,
        resourceName: '*/*/*',
      }),
    });
  }
}
