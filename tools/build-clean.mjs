// Builds everything anew, so that a package holds nothing that was compiled from sources that are gone.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ready } from '../bin/ready.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const folder of ['dist', 'bundle']) rmSync(`${root}${folder}`, { recursive: true, force: true });
ready();
