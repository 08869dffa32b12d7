import { cpus, loadavg, release, totalmem } from 'node:os';

/** One line of a report: what was measured, and what it should be. */
export interface Figure {
  what: string;
  /** With its unit. */
  measured: string;
  goal?: string;
  /** Undefined where there is no goal. */
  met?: boolean | undefined;
}

/** Prints lines of Markdown as they are found, so that a run that is cut short has shown something. */
export class Report {
  #started = false;
  #missed = 0;

  constructor(title: string) {
    console.log(`## ${title}\n\n${machine()}\n`);
  }

  add({ what, measured, goal, met }: Figure): void {
    if (!this.#started) console.log('| what | measured | goal | |\n|---|---:|---:|---|');
    this.#started = true;
    if (met === false) this.#missed++;
    console.log(`| ${what} | ${measured} | ${goal ?? ''} | ${met === undefined ? '' : met ? 'met' : 'missed'} |`);
  }

  /** A sentence between tables. */
  note(text: string): void {
    this.#started = false;
    console.log(`\n${text}\n`);
  }

  end(): void {
    console.log(`\n${load()} at the end.`);
    console.log(this.#missed === 0 ? '\nEvery goal was met.' : `\n${this.#missed} goals were missed.`);
  }
}

/** Facts of this machine, in a sentence. */
function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cpus().length} × ${model}, ${memory}, ${process.platform} ${release()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. ${load()}.`;
}

/** Over the number of processors, others want them too: then rates are too low, and CPU by operation somewhat too high. */
function load(): string {
  return `Load average ${digits(loadavg()[0] as number, 1)}`;
}

/** `1,234.5` with so many digits behind the point. */
export function digits(value: number, after = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: after, maximumFractionDigits: after });
}

/** The q-th part of sorted or unsorted numbers, 0 to 1. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
