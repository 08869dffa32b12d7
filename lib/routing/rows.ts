/**
 * Reads a tab-separated table kept as text in a module (diffable line by line, and bundled without a file to open).
 * @throws Error naming the table and the line when a row has not exactly `columns` filled cells.
 */
export function parseRows(table: string, text: string, columns: number): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line, index) => {
      const cells = line.split('\t');
      if (cells.length !== columns || cells.some((cell) => cell === '' || cell !== cell.trim())) {
        throw new Error(`${table}, row ${index + 1}: ${columns} filled cells expected, got "${line}"`);
      }
      return cells;
    });
}
