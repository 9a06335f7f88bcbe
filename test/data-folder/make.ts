// Makes the fixtures of a release: `node dist/test/data-folder/make.js`, once, before it is published. They are never made anew.
import { createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { backUp, packageVersion, readConfig, startServer } from '../../src/server/index.ts';
import { putKnownData } from './known-data.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/data-folder/', import.meta.url));
const fileOf = (kind: string): string => join(fixtures, `${packageVersion()}.${kind}.gz`);
if (existsSync(fileOf('folder.tar'))) throw new Error(`There are fixtures of ${packageVersion()} already`);
const folder = mkdtempSync(join(tmpdir(), 'linnet-release-'));
const config = readConfig({ dataDir: folder, port: '0', stopDelay: '0' }, {});
const server = await startServer(config);
await putKnownData(server);
await server.stop();
const archive = pack();
for (const path of readdirSync(folder, { recursive: true }).map(String).sort())
  if (statSync(join(folder, path)).isFile()) archive.entry({ name: path }, readFileSync(join(folder, path)));
archive.finalize();
await pipeline(archive, createGzip({ level: 9 }), createWriteStream(fileOf('folder.tar')));
const gzip = createGzip({ level: 9 });
const written = pipeline(gzip, createWriteStream(fileOf('backup')));
await backUp(config, gzip, { nowMs: Date.now() });
await written;
rmSync(folder, { recursive: true });
