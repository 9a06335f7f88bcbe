import { chdir, env, exit, stdin } from 'node:process';
import type { StandbyOrder } from '../../contract/index.ts';

/** Waits for a StandbyOrder on standard input and applies it to this program; ends the program when the input ends before. */
export async function standBy(): Promise<void> {
  const { directory, environment } = await firstLine();
  for (const name of Object.keys(env)) delete env[name];
  Object.assign(env, environment);
  chdir(directory);
}

function firstLine(): Promise<StandbyOrder> {
  return new Promise((resolve) => {
    let text = '';
    const onEnd = (): void => exit(0);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end < 0) return;
      stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
      stdin.pause();
      resolve(JSON.parse(text.slice(0, end)) as StandbyOrder);
    };
    stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  });
}
