import { readFileSync } from 'node:fs';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { CfnVpcLink } from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { ApiShell } from '../constructs/api-shell.ts';
import { Helper } from '../constructs/helper.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { WebFirewall } from '../constructs/web-firewall.ts';
import { EDGE_ROUTES } from '../edge-routes.ts';
import { because } from '../nag.ts';
import { API_STAGE, PORTS } from '../ports.ts';
import type { StackSettings } from '../stack-settings.ts';
import type { Stage } from '../stages.ts';
import type { NetworkStack } from './network.ts';
import type { ObjectsStack } from './objects.ts';

interface EdgeSettings extends StackSettings {
  network: NetworkStack;
  objects: ObjectsStack;
}

const FUNCTION = new URL('../assets/edge-function.js', import.meta.url);
/** Header that says which unit a request at the balancer is for: decided once, by the routes. */
export const UNIT_HEADER = 'x-myelin-unit';

/**
 * The way in: one distribution in front of the gateway and of the internal balancer. The gateway and the balancer are empty
 * here and filled by the stacks behind, so that units can be told the distribution's name as they are made: it is the
 * server's name where no domain is given.
 */
export class EdgeStack extends Stack {
  readonly api: ApiShell;
  readonly balancer: elbv2.ApplicationLoadBalancer;
  readonly listener: elbv2.ApplicationListener;
  readonly vpcLink: CfnVpcLink;
  readonly distribution: cloudfront.Distribution;
  /** Host of clients and other servers. */
  readonly host: string;

  constructor(scope: Construct, id: string, { stage, network, objects, ...props }: EdgeSettings) {
    super(scope, id, props);
    const logs = new PrivateBucket(this, 'AccessLogs', { stage, expireDays: stage.logDays }).bucket;
    because(logs, 'AwsSolutions-S1', 'This bucket holds access logs; logs about logs would never end.');
    this.api = new ApiShell(this, 'Api', stage);
    const { vpc, firewall } = network;

    this.balancer = new elbv2.ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      vpcSubnets: { subnetGroupName: 'inner' },
      internetFacing: false,
      securityGroup: firewall.balancer,
      // Longer than a long poll, shorter than the server keeps a connection.
      idleTimeout: Duration.seconds(65),
      dropInvalidHeaderFields: true,
      deletionProtection: stage.data === 'retain',
    });
    this.balancer.logAccessLogs(logs, 'balancer');
    this.listener = this.balancer.addListener('Http', {
      port: PORTS.balancer,
      open: false,
      defaultAction: elbv2.ListenerAction.fixedResponse(404, {
        contentType: 'application/json',
        messageBody: '{"errcode":"M_UNRECOGNIZED","error":"No unit takes this request."}',
      }),
    });
    this.#letCloudFrontIn(firewall.balancer);
    this.vpcLink = new CfnVpcLink(this, 'VpcLink', {
      name: `myelin-${stage.name}`,
      subnetIds: vpc.selectSubnets({ subnetGroupName: 'inner' }).subnetIds,
      securityGroupIds: [firewall.vpcLink.securityGroupId],
    });
    const certificate = this.#certificate(stage);
    this.distribution = this.#distribution(stage, objects, logs, certificate);
    this.host = stage.domain?.name ?? this.distribution.distributionDomainName;
    this.#records(stage);
    this.#explain(stage, certificate !== undefined);
  }

  #distribution(
    stage: Stage,
    objects: ObjectsStack,
    logBucket: cloudfront.DistributionProps['logBucket'],
    certificate: acm.ICertificate | undefined,
  ): cloudfront.Distribution {
    const secret = { 'x-myelin-edge-secret': objects.edgeSecret.secretValue.unsafeUnwrap() };
    const common: Omit<cloudfront.BehaviorOptions, 'origin'> = {
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      compress: true,
      functionAssociations: [
        {
          eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
          function: new cloudfront.Function(this, 'RawUri', {
            runtime: cloudfront.FunctionRuntime.JS_2_0,
            code: cloudfront.FunctionCode.fromInline(readFileSync(FUNCTION, 'utf8')),
            comment: 'Passes the request URI on as it was sent',
          }),
        },
      ],
    };
    const inside = new cloudfront.VpcOrigin(this, 'Inside', {
      endpoint: cloudfront.VpcOriginEndpoint.applicationLoadBalancer(this.balancer),
      httpPort: PORTS.balancer,
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
    });
    const tasks = new Map<string, cloudfront.IOrigin>();
    for (const { unit } of EDGE_ROUTES) {
      if (tasks.has(unit)) continue;
      const customHeaders = { ...secret, [UNIT_HEADER]: unit };
      const timeouts = { readTimeout: Duration.seconds(60), keepaliveTimeout: Duration.seconds(60) };
      const domainName = this.balancer.loadBalancerDnsName;
      tasks.set(unit, origins.VpcOrigin.withVpcOrigin(inside, { domainName, customHeaders, ...timeouts }));
    }
    return new cloudfront.Distribution(this, 'Distribution', {
      comment: `Myelin ${stage.name}`,
      defaultBehavior: {
        ...common,
        origin: new origins.HttpOrigin(this.api.host, {
          originPath: `/${API_STAGE}`,
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          readTimeout: Duration.seconds(60),
          customHeaders: secret,
        }),
      },
      additionalBehaviors: Object.fromEntries(
        EDGE_ROUTES.map(({ pattern, unit }) => [pattern, { ...common, origin: tasks.get(unit)! }]),
      ),
      ...(stage.domain && certificate ? { domainNames: [stage.domain.name], certificate } : {}),
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_ALL,
      ...(logBucket ? { logBucket, logFilePrefix: 'distribution/' } : {}),
      ...(stage.waf ? { webAclId: new WebFirewall(this, 'Firewall', stage).arn } : {}),
    });
  }

  /** Requests of the distribution come from addresses of CloudFront's own. */
  #letCloudFrontIn(balancer: ec2.SecurityGroup): void {
    const helper = Helper.of(this);
    const right = helper.allow(['ec2:DescribeManagedPrefixLists'], ['*']);
    because(right, 'AwsSolutions-IAM5', 'Describing prefix lists knows no narrower resource.');
    const list = new CustomResource(this, 'CloudFrontAddresses', {
      serviceToken: helper.arn,
      resourceType: 'Custom::PrefixList',
      properties: { Name: 'com.amazonaws.global.cloudfront.origin-facing' },
    });
    list.node.addDependency(right);
    new ec2.CfnSecurityGroupIngress(this, 'FromCloudFront', {
      groupId: balancer.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: PORTS.balancer,
      toPort: PORTS.balancer,
      sourcePrefixListId: list.getAttString('PrefixListId'),
      description: 'requests by way of the distribution',
    });
  }

  #zone({ domain }: Stage): route53.IHostedZone | undefined {
    const zone = domain?.hostedZone;
    if (!zone) return undefined;
    return (
      (this.node.tryFindChild('Zone') as route53.IHostedZone | undefined) ??
      route53.HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: zone.id, zoneName: zone.name })
    );
  }

  #certificate(stage: Stage): acm.ICertificate | undefined {
    const { domain } = stage;
    if (!domain) return undefined;
    if (domain.certificateArn) return acm.Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn);
    const validation = acm.CertificateValidation.fromDns(this.#zone(stage));
    return new acm.Certificate(this, 'Certificate', { domainName: domain.name, validation });
  }

  #records(stage: Stage): void {
    const zone = this.#zone(stage);
    if (!zone || !stage.domain) return;
    const target = route53.RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    const recordName = stage.domain.name;
    new route53.ARecord(this, 'Ipv4', { zone, recordName, target });
    new route53.AaaaRecord(this, 'Ipv6', { zone, recordName, target });
  }

  #explain({ waf }: Stage, ownCertificate: boolean): void {
    const { distribution } = this;
    because(distribution, 'AwsSolutions-CFR1', 'Matrix is spoken all over the world; no country is kept out.');
    if (!waf)
      because(
        distribution,
        'AwsSolutions-CFR2',
        'The firewall is a switch of the stage (waf): it costs $8 a month before the first request.',
      );
    if (!ownCertificate) {
      because(
        distribution,
        'AwsSolutions-CFR4',
        "Without a domain the distribution has CloudFront's own certificate, whose protocols cannot be chosen.",
      );
    }
  }
}
