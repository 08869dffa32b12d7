import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { UNITS, unitNamesOf } from '../../functions/units.ts';
import type { UnitName } from '../../lib/routing/unit-names.ts';
import { PORTS } from '../ports.ts';

interface FirewallProps {
  vpc: ec2.IVpc;
  /** Whether Lambdas have a way out. */
  hasNat: boolean;
}

/**
 * Who may talk to whom, from what units say they need. All groups are made here, in the one stack that the others stand
 * on, so that a changed placement never has to take a group away from under a running task.
 */
export class Firewall extends Construct {
  readonly database: ec2.SecurityGroup;
  readonly cache: ec2.SecurityGroup;
  readonly balancer: ec2.SecurityGroup;
  /** Between the gateway and the balancer. */
  readonly vpcLink: ec2.SecurityGroup;
  readonly lambdas: Readonly<Record<string, ec2.SecurityGroup>>;
  readonly migrate: ec2.SecurityGroup;
  readonly #tasks: ec2.SecurityGroup;
  readonly #fronts: ec2.SecurityGroup;
  readonly #outbound: ec2.SecurityGroup;
  readonly #vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, { vpc, hasNat }: FirewallProps) {
    super(scope, id);
    this.#vpc = vpc;
    this.database = this.#group('Database', 'PostgreSQL');
    this.cache = this.#group('Cache', 'Valkey');
    this.balancer = this.#group('Balancer', 'The internal balancer in front of tasks');
    this.vpcLink = this.#group('VpcLink', 'From the gateway to the balancer');
    this.migrate = this.#group('Migrate', 'The schema job');
    this.#tasks = this.#group('Tasks', 'Every task');
    this.#fronts = this.#group('Fronts', 'Tasks that answer requests');
    this.#outbound = this.#group('Outbound', 'Tasks that talk to the world');
    const names = [...unitNamesOf('lambda'), 'watch'];
    this.lambdas = Object.fromEntries(names.map((name) => [name, this.#group(`Lambda-${name}`, `The Lambda ${name}`)]));

    this.#allow(this.vpcLink, this.balancer, PORTS.balancer, 'requests');
    this.#allow(this.balancer, this.#fronts, PORTS.http, 'requests');
    this.#allow(this.#tasks, this.#tasks, PORTS.replication, 'commands to writers');
    this.#reachStores(this.#tasks, unitNamesOf('task'));
    this.#allow(this.migrate, this.database, PORTS.database, 'brings the schema up to date');
    this.#allow(this.lambdas['watch']!, this.database, PORTS.database, 'looks how units are');
    for (const name of unitNamesOf('lambda')) {
      const group = this.lambdas[name]!;
      this.#reachStores(group, [name]);
      this.#allow(group, this.#tasks, PORTS.replication, 'commands to writers');
      if (hasNat && UNITS[name].needs.includes('internet')) out(group, 'other servers', ec2.Port.allTcp());
    }
    // Images, logs, secrets and signatures of AWS itself are behind HTTPS.
    for (const group of [this.#tasks, this.migrate]) out(group, 'AWS', ec2.Port.tcp(PORTS.https));
    out(this.#outbound, 'other servers, on whatever port they have', ec2.Port.allTcp());
  }

  /** The groups of a task that runs these units. */
  ofTask(units: readonly UnitName[]): ec2.SecurityGroup[] {
    const some = (holds: (name: UnitName) => boolean) => units.some(holds);
    return [
      this.#tasks,
      ...(some((name) => UNITS[name].routes.length > 0) ? [this.#fronts] : []),
      ...(some((name) => UNITS[name].needs.includes('internet')) ? [this.#outbound] : []),
    ];
  }

  #reachStores(group: ec2.SecurityGroup, units: readonly UnitName[]): void {
    const needs = new Set(units.flatMap((name) => UNITS[name].needs));
    if (needs.has('database')) this.#allow(group, this.database, PORTS.database, 'queries');
    if (needs.has('redis')) this.#allow(group, this.cache, PORTS.cache, 'streams and shared caches');
  }

  #allow(from: ec2.SecurityGroup, to: ec2.SecurityGroup, port: number, what: string): void {
    to.addIngressRule(from, ec2.Port.tcp(port), what);
    from.addEgressRule(to, ec2.Port.tcp(port), what);
  }

  #group(id: string, description: string): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, id, { vpc: this.#vpc, description, allowAllOutbound: false });
  }
}

function out(group: ec2.SecurityGroup, what: string, port: ec2.Port): void {
  group.addEgressRule(ec2.Peer.anyIpv4(), port, what);
}
