/** `main.js train|serve|check [--root DIR]`: the Linear Learner, in a container, as a child process or by hand. */
import { parseArgs } from 'node:util';
import { containerRootDefault, containerRootVariable, standbyVariable } from '../../contract/index.ts';
import { standBy } from '../program/standby.ts';

const usage = `Usage: main.js train|serve|check [--root DIR]

  train   trains on DIR/input and leaves the model in DIR/model
  serve   answers GET /ping and POST /invocations with the model in DIR/model
  check   checks DIR/input/config/hyperparameters.json and prints what is wrong as JSON

DIR is that of --root, else of ${containerRootVariable}, else ${containerRootDefault}.
`;

// Each command loads only what it needs: a check takes a tenth of a training's start.
const commands: Readonly<Record<string, (root: string) => Promise<number>>> = {
  train: async (root) => (await import('./train.ts')).train(root),
  serve: async (root) => (await import('./serve.ts')).serve(root),
  check: async (root) => (await import('./check.ts')).check(root),
};

async function main(): Promise<number> {
  if (process.env[standbyVariable] === '1') {
    (await import('./train.ts')).prepareTraining();
    await standBy();
  }
  const parsed = parse();
  const command = parsed === undefined ? undefined : commands[parsed.command];
  if (parsed === undefined || command === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  return command(parsed.root);
}

function parse(): { command: string; root: string } | undefined {
  try {
    const { values, positionals } = parseArgs({ options: { root: { type: 'string' } }, allowPositionals: true });
    const [command = '', ...rest] = positionals;
    // An empty variable is one that is not set.
    const root = values.root ?? (process.env[containerRootVariable] || containerRootDefault);
    return rest.length === 0 && Object.hasOwn(commands, command) ? { command, root } : undefined;
  } catch {
    return undefined;
  }
}

// Not process.exit: lines still on their way to a slow reader must arrive.
process.exitCode = await main();
