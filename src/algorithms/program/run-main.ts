/** `train|serve|check [--root DIR]`: an algorithm in a container, as a child process or by hand. */
import { parseArgs } from 'node:util';
import { containerRootDefault, containerRootVariable, standbyVariable } from '../../contract/index.ts';
import { standBy } from './standby.ts';

const usage = `Usage: main.js train|serve|check [--root DIR]

  train   trains on DIR/input and leaves the model in DIR/model
  serve   answers GET /ping and POST /invocations with the model in DIR/model
  check   checks DIR/input/config/hyperparameters.json and prints what is wrong as JSON

DIR is that of --root, else of ${containerRootVariable}, else ${containerRootDefault}.
`;

/** Each takes the root and returns an exit code, and loads only what it needs: a check takes a tenth of a training's start. */
export interface Commands {
  train(root: string): Promise<number>;
  serve(root: string): Promise<number>;
  check(root: string): Promise<number>;
  /** For a program that is started ahead of any job: makes ready to train. */
  prepare(): Promise<void>;
}

/** Runs the command that the arguments name and sets the exit code. */
export async function runMain(commands: Commands): Promise<void> {
  // Not process.exit: lines still on their way to a slow reader must arrive.
  process.exitCode = await exitCode(commands);
}

async function exitCode(commands: Commands): Promise<number> {
  if (process.env[standbyVariable] === '1') {
    await commands.prepare();
    await standBy();
  }
  const parsed = parse();
  if (parsed !== undefined) return commands[parsed.command](parsed.root);
  process.stderr.write(usage);
  return 2;
}

const names = ['train', 'serve', 'check'] as const;

function parse(): { command: (typeof names)[number]; root: string } | undefined {
  try {
    const { values, positionals } = parseArgs({ options: { root: { type: 'string' } }, allowPositionals: true });
    // An empty variable counts as not set.
    const root = values.root ?? (process.env[containerRootVariable] || containerRootDefault);
    const command = names.find((name) => name === positionals[0]);
    return command === undefined || positionals.length > 1 ? undefined : { command, root };
  } catch {
    return undefined;
  }
}
