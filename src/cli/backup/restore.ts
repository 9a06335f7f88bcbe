import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import { checkBackup, flagOf, readConfig, restore, type ServerOptions, settings } from '../../server/index.ts';
import { quoted } from '../environment.ts';
import { typed } from '../terminal/command-line.ts';
import { keyLines, listed, sized } from './backup-words.ts';

type RestoreFlags = Pick<ServerOptions, 'dataDir' | 'databaseUrl'> & { check?: boolean; json?: boolean };

/** `linnet restore`: makes a data folder of a backup, or only checks one. */
export async function restoreBackup(flags: RestoreFlags, source: string): Promise<void> {
  const config = readConfig(flags, process.env);
  const { dataFolder } = config;
  const from = source === '-' ? 'The backup on standard input' : resolve(source);
  const input = read(source, from);
  if (flags.check) {
    const { head, end } = await checkBackup(input, from);
    const said = `${from} is whole: ${sized(end)}, made by Linnet ${head.program} at ${head.madeAt} of ${head.dataFolder}`;
    process.stdout.write(
      `${flags.json ? JSON.stringify({ ...head, ...end }) : [said, ...keyLines(head)].join('\n')}\n`,
    );
    return;
  }
  const { head, end, given } = await restore(config, input, from);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ folder: dataFolder, ...head, ...end, given })}\n`);
    return;
  }
  const options = Object.entries(given).map(
    ([name, value]) => ` ${flagOf(name)}${value === true ? '' : ` ${quoted(String(value))}`}`,
  );
  const lines = [
    `${from} of ${head.madeAt} was restored to ${dataFolder} (${sized(end)})`,
    ...(head.hasImages || head.images.length === 0
      ? []
      : [`Add these images again, whose files are not in it: ${listed(head.images)}`]),
    ...keyLines(head),
    `Start it: ${typed('up', dataFolder, process.env)}${options.join('')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function* read(source: string, from: string): AsyncGenerator<Buffer> {
  if (source === '-' && process.stdin.isTTY)
    throw new DataError('Standard input is a terminal: name a file, or pipe a backup in', { source: settings });
  try {
    yield* (
      source === '-' ? process.stdin : createReadStream(source, { highWaterMark: 256 * 1024 })
    ) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new DataError(`${from} cannot be read: ${messageOf(cause)}`, { source: from });
  }
}
