import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

/** As pinned for `linnet image add xgboost`; the tests' own wheel is that of this platform. */
const wheel = {
  requirement: 'xgboost-cpu==3.0.5',
  sha256: 'ed5c141b88e53777b9bf8786881fd6e2e9032837c7e349052ab40363a14ac708',
  library: 'xgboost/lib/libxgboost.so',
};
const cache = fileURLToPath(new URL('../../../../../node_modules/.cache/linnet/xgboost-cpu-3.0.5', import.meta.url));

/** XGBoost's library of LINNET_XGBOOST_LIBRARY, or of its wheel, which pip fetches once; undefined where neither is. */
export const testLibrary: string | undefined = process.env.LINNET_XGBOOST_LIBRARY || libraryOfWheel();

export const skipWithoutXgboost = {
  skip: testLibrary === undefined ? 'the package xgboost-cpu is not installed' : false,
} as const;

/** XGBoost 1.7, as Debian packages it. */
export const olderLibrary = '/usr/lib/x86_64-linux-gnu/libxgboost.so.0';
export const skipWithoutOlder = {
  skip: existsSync(olderLibrary) ? false : 'the package libxgboost0 is not installed',
} as const;

function libraryOfWheel(): string | undefined {
  const path = join(cache, wheel.library);
  if (existsSync(path)) return path;
  mkdirSync(dirname(cache), { recursive: true });
  const folder = mkdtempSync(`${cache}-`);
  try {
    const python = process.platform === 'win32' ? 'python' : 'python3';
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder];
    const download = spawnSync(python, [...pip, wheel.requirement], { timeout: 120_000 });
    const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (download.status !== 0 || file === undefined) return undefined;
    const bytes = readFileSync(join(folder, file));
    if (createHash('sha256').update(bytes).digest('hex') !== wheel.sha256) return undefined;
    const unpacked = join(folder, 'unpacked');
    for (const [name, content] of Object.entries(unzipSync(bytes, { filter: ({ name }) => /\.so/.test(name) }))) {
      mkdirSync(dirname(join(unpacked, name)), { recursive: true });
      writeFileSync(join(unpacked, name), content);
    }
    // Another test file may have been quicker: then this fails, and its library is there.
    if (!existsSync(cache)) renameSync(unpacked, cache);
  } catch {
    // Without the library its tests are skipped.
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return existsSync(path) ? path : undefined;
}
