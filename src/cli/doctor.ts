import { examine, readConfig, type ServerOptions } from '../server/index.ts';
import { coloursFor } from './terminal/colours.ts';
import { terminalWidth, wrapLine } from './terminal/wrapped.ts';

const colors = coloursFor(process.stdout);
const marks = { ok: colors.green, note: colors.yellow, wrong: colors.red } as const;
const whatWidth = 16;

/** `linnet doctor`: what this machine has and lacks. Answers the exit code: 1 when something keeps Linnet from working. */
export async function doctor(
  flags: Pick<ServerOptions, 'dataDir' | 'host' | 'port' | 'encryptionKeyFile'> & { json?: boolean },
): Promise<number> {
  const findings = await examine(readConfig(flags, process.env), Date.now());
  const text = flags.json
    ? `${JSON.stringify(findings)}\n`
    : findings
        .map(({ state, what, text, advice }) => {
          const row = `${state.padEnd(7)}${what.padEnd(whatWidth)}`;
          const rows = [`${row}${text}`, ...(advice === undefined ? [] : [`${' '.repeat(row.length)}${advice}`])];
          const lines = rows.map((line) => wrapLine(line, terminalWidth(), row.length)).join('\n');
          return `${marks[state](state)}${lines.slice(state.length)}\n`;
        })
        .join('');
  process.stdout.write(text);
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}
