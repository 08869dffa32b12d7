/** What one check found: a sentence, and whether it is well. */
export interface Finding {
  /** `ok`, `note` (works, but look at it) or `bad` (the server will not run, or not rightly). */
  verdict: 'ok' | 'note' | 'bad';
  /** What was looked at. */
  name: string;
  sentence: string;
}

export const ok = (name: string, sentence: string): Finding => ({ verdict: 'ok', name, sentence });
export const note = (name: string, sentence: string): Finding => ({ verdict: 'note', name, sentence });
export const bad = (name: string, sentence: string): Finding => ({ verdict: 'bad', name, sentence });
