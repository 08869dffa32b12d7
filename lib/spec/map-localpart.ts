/**
 * A localpart for a name of another system: lower case, and `=` with two hexadecimal digits for every byte that a
 * localpart may not have (appendices, "Mapping from other character sets"). A leading underscore is written so too, since
 * application services like to own such names.
 */
export function mapToLocalpart(name: string): string {
  const bytes = Buffer.from(name.toLowerCase(), 'utf8');
  let localpart = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    localpart += /[a-z0-9._/+-]/.test(character) ? character : hex(byte);
  }
  return localpart.startsWith('_') ? `${hex(0x5f)}${localpart.slice(1)}` : localpart;
}

function hex(byte: number): string {
  return `=${byte.toString(16).padStart(2, '0')}`;
}
