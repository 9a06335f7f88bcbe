/** The table that a word of the command line means: a file, standard input, or an object of the running server. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError } from '../../base/index.ts';
import { fileSource } from '../../modelling/index.ts';
import { settings } from '../../server/index.ts';
import { openTable, type Table } from '../../tables/index.ts';
import { objectPath, openApi } from '../api.ts';
import { quoted } from '../environment.ts';
import { findRunning } from '../running.ts';
import { bucketPlace } from '../server/places.ts';
import { readOptions, type TableFlags } from './flags.ts';

/** Tables are read several times over: what is no file is kept as one until the command ends. */
export async function tableOf(flags: TableFlags, word: string): Promise<Table> {
  return openTable({ ...fileSource(await fileOf(flags, word)), name: nameOf(word) }, readOptions(flags));
}

const nameOf = (word: string): string => (word === '-' ? 'standard input' : word);

async function fileOf(flags: TableFlags, word: string): Promise<string> {
  if (/^https?:\/\//i.test(word))
    throw new DataError(
      `Linnet fetches nothing by itself; this does, and reads it from -:\ncurl -fsSL ${quoted(word)} | linnet describe -`,
      { source: settings },
    );
  if (word === '-') return kept(process.stdin);
  if (!word.startsWith('s3://')) return word;
  const { bucket, key } = bucketPlace(word);
  const api = openApi((await findRunning(flags)).note);
  return kept(await api.s3('GET', objectPath(bucket, key)));
}

async function kept(stream: NodeJS.ReadableStream): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-table-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'table');
  await pipeline(stream, createWriteStream(file));
  return file;
}
