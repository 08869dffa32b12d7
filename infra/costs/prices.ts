/**
 * What AWS asks, in US dollars, us-east-1, on demand, without taxes. Written down on the date below from AWS's price list
 * pages; nothing here is read from AWS, so compare before a decision depends on it.
 */
export const PRICES = {
  date: '2026-11-23',
  source: 'https://aws.amazon.com/pricing/ (pages of each service, us-east-1)',
  hoursPerMonth: 730,

  /** https://aws.amazon.com/fargate/pricing/ (Linux on ARM), an hour. */
  fargate: { vcpu: 0.03238, gib: 0.00356, spotShare: 0.3 },
  /** https://aws.amazon.com/vpc/pricing/ */
  network: {
    publicIpv4: 0.005,
    natGateway: 0.045,
    natGatewayGb: 0.045,
    natInstance: 0.0042,
    interfaceEndpoint: 0.01,
    outGb: 0.09,
  },
  /** https://aws.amazon.com/elasticloadbalancing/pricing/, an hour. */
  balancer: { hour: 0.0225, capacityUnit: 0.008 },
  /** https://aws.amazon.com/rds/postgresql/pricing/, an hour and a GiB of gp3 a month. */
  database: {
    classes: {
      't4g.micro': 0.016,
      't4g.small': 0.032,
      't4g.medium': 0.065,
      't4g.large': 0.129,
      'm7g.large': 0.168,
      'm7g.xlarge': 0.337,
      'm7g.2xlarge': 0.674,
    },
    storageGiB: 0.115,
    proxyVcpu: 0.015,
  },
  /** https://aws.amazon.com/elasticache/pricing/ (Valkey), a node an hour. */
  cache: { 'cache.t4g.micro': 0.0128, 'cache.t4g.small': 0.0256, 'cache.t4g.medium': 0.052, 'cache.m7g.large': 0.1264 },
  /** https://aws.amazon.com/lambda/pricing/ (ARM). */
  lambda: { million: 0.2, gbSecond: 0.0000133334 },
  /** https://aws.amazon.com/api-gateway/pricing/ (REST). */
  gateway: { million: 3.5 },
  /** https://aws.amazon.com/cloudfront/pricing/ (North America); the first 10 million requests and 1 TB a month are free. */
  distribution: { millionRequests: 1.0, freeMillions: 10, outGb: 0.085, freeGb: 1024 },
  /** https://aws.amazon.com/s3/pricing/ */
  objects: { gib: 0.023, thousandPuts: 0.005 },
  /** https://aws.amazon.com/cloudwatch/pricing/; ten alarms, ten metrics, three dashboards and 5 GB of logs are free. */
  watching: {
    alarmMetric: 0.1,
    freeAlarms: 10,
    metric: 0.3,
    freeMetrics: 10,
    dashboard: 3,
    freeDashboards: 3,
    logGb: 0.5,
    freeLogGb: 5,
    insightsMetricsPerTask: 7,
  },
  /** https://aws.amazon.com/secrets-manager/pricing/, a month. */
  secret: 0.4,
  /** https://aws.amazon.com/waf/pricing/, a month: list and rules; and a million requests. */
  firewall: { list: 5, rule: 1, rules: 3, million: 0.6 },
} as const;
