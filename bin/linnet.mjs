#!/usr/bin/env node
// The command `linnet`. In a fresh clone it first installs and compiles, which needs nothing but Node and npm.
import { ready } from './ready.mjs';

ready();
const { main } = await import('../dist/src/cli/main.js');
await main(process.argv.slice(2));
