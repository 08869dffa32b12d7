import type { Command } from '../command.ts';
import { configFlags, configOf, listenFlags } from '../config-flags.ts';
import { bad, type Finding, ok } from '../doctor/check.ts';
import { checkDisk, checkMemory, checkNode, checkSigningKey } from '../doctor/machine.ts';
import { checkCertificate, checkPorts, checkServerName } from '../doctor/network.ts';
import { sentencesOf } from '../failure.ts';
import { green, print, red, withProgress, yellow } from '../terminal.ts';

const marks = { ok: () => green('✓'), note: () => yellow('!'), bad: () => red('✗') };

function show(finding: Finding): Finding {
  print(`${marks[finding.verdict]()} ${finding.name.padEnd(13)} ${finding.sentence}`);
  return finding;
}

const command: Command = {
  verb: 'doctor',
  summary: 'Look at this machine and at the configuration, and say what would keep the server from running',
  operands: '',
  arity: [0, 0],
  details:
    'Changes nothing but the data directory, which is made when it is missing. Exit code 1 when something is bad.',
  flags: { ...configFlags, ...listenFlags },
  async run(invocation) {
    const { checkPostgres, checkRedis } = await import('../doctor/stores.ts');
    const findings: Finding[] = [show(checkNode()), show(checkMemory())];
    try {
      const config = configOf(invocation);
      findings.push(show(ok('configuration', 'Every key is known and fits.')), show(checkServerName(config)));
      findings.push(show(await checkDisk(config)), show(await checkSigningKey(config)));
      for (const finding of [...(await checkPorts(config)), ...(await checkCertificate(config))]) {
        findings.push(show(finding));
      }
      for (const finding of await withProgress('Asking the database', checkPostgres(config)))
        findings.push(show(finding));
      findings.push(show(await withProgress('Asking Redis', checkRedis(config))));
    } catch (error) {
      for (const sentence of sentencesOf(error)) findings.push(show(bad('configuration', sentence)));
    }
    const count = findings.filter((finding) => finding.verdict === 'bad').length;
    print();
    print(count === 0 ? 'All is well.' : `${count} ${count === 1 ? 'thing has' : 'things have'} to be mended.`);
    return count === 0 ? 0 : 1;
  },
};

export default command;
