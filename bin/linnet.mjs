#!/usr/bin/env node
// The command `linnet`. In a fresh clone it first installs and compiles, which needs nothing but Node and npm.
import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

// Node from 22.1 on keeps what it compiled; the start is a quarter shorter then.
modules.enableCompileCache?.(fileURLToPath(new URL('../bundle/.compiled', import.meta.url)));
ready();
const { main } = await import('../bundle/src/cli/main.js');
await main(process.argv.slice(2));
