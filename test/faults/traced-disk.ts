// What a disk holds after a power cut, from the system calls that a program made. Written data are certain once their file
// was synced, names once their folder was; nothing else is. Everything the disk was asked is seen, whoever asked: the
// program's own calls and those of SQLite alike.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const skipWithoutTracer = {
  skip: existsSync('/usr/bin/strace') ? false : 'the package strace is not installed',
} as const;

const calls = [
  'openat,open,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,fallocate,fsync,fdatasync',
  'rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,copy_file_range,sendfile',
].join(',');

/** Runs a program under the tracer, which writes what the program asked of the disk to a file. Rejects when it fails. */
export async function traced(command: readonly string[], trace: string): Promise<void> {
  const child = spawn(
    'strace',
    ['-f', '-y', '-xx', '-s', '16777216', '-e', `trace=${calls}`, '-o', trace, ...command],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Through a ring of io_uring the disk would be asked without system calls.
      env: { ...process.env, UV_USE_IO_URING: '0' },
    },
  );
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`The traced program ended with ${code}: ${complaint}`);
}

/** Which data that were written and not synced are on the disk all the same: a power cut may leave any of them. */
export type Survivors = 'none' | 'all' | ((index: number) => boolean);

type Change = { at: number; bytes: Buffer } | { length: number };

class TracedFile {
  durable: Buffer = Buffer.alloc(0);
  pending: Change[] = [];

  /** Everything that had been written when the sync began. */
  sync(count: number): void {
    this.durable = changed(this.durable, this.pending.splice(0, count));
  }

  image(survives: (index: number) => boolean): Buffer {
    return changed(
      this.durable,
      this.pending.filter((_, at) => survives(at)),
    );
  }
}

function changed(bytes: Buffer, changes: readonly Change[]): Buffer {
  const ends = changes.map((change) => ('length' in change ? change.length : change.at + change.bytes.length));
  const room = Buffer.alloc(Math.max(bytes.length, ...ends));
  let length = bytes.copy(room);
  for (const change of changes) {
    if ('length' in change) room.fill(0, change.length);
    else change.bytes.copy(room, change.at);
    length = 'length' in change ? change.length : Math.max(length, change.at + change.bytes.length);
  }
  return room.subarray(0, length);
}

/** A folder that is there on the disk before the program starts, and what is below it. */
export class TracedDisk {
  readonly #root: string;
  /** Where each name leads now; a folder is undefined. */
  readonly #names = new Map<string, TracedFile | undefined>();
  /** What is certain of them, and by folder the changes that are not yet. */
  readonly #durableNames = new Map<string, TracedFile | undefined>();
  readonly #pendingNames = new Map<string, { path: string; to: TracedFile | undefined | 'gone' }[]>();
  readonly #ignored: (path: string) => boolean;
  /** Every path that was synced. */
  readonly synced = new Set<string>();

  /** `ignored` syncs have no effect, as if the program had left them out. */
  constructor(root: string, ignored: (path: string) => boolean = () => false) {
    this.#root = root;
    this.#ignored = ignored;
  }

  #rename(path: string, to: TracedFile | undefined | 'gone'): void {
    if (to === 'gone') this.#names.delete(path);
    else this.#names.set(path, to);
    const pending = this.#pendingNames.get(dirname(path)) ?? [];
    this.#pendingNames.set(dirname(path), pending);
    pending.push({ path, to });
  }

  isBelow = (path: string): boolean => path.startsWith(`${this.#root}/`);

  makeFile(path: string): void {
    if (!this.#names.has(path)) this.#rename(path, new TracedFile());
  }

  makeFolder = (path: string): void => this.#rename(path, undefined);

  change(path: string, change: Change): void {
    this.#names.get(path)?.pending.push(change);
  }

  lengthOf = (path: string): number => this.#names.get(path)?.image(() => true).length ?? 0;

  remove = (path: string): void => this.#rename(path, 'gone');

  move(from: string, to: string): void {
    this.#rename(to, this.#names.get(from));
    this.#rename(from, 'gone');
  }

  link = (from: string, to: string): void => this.#rename(to, this.#names.get(from));

  /** Begins a sync; the answer is called when it has ended. */
  beginSync(path: string): () => void {
    const file = this.#names.get(path);
    const names = this.#pendingNames.get(path) ?? [];
    const [writes, renames] = [file?.pending.length ?? 0, names.length];
    this.synced.add(path);
    return () => {
      if (this.#ignored(path)) return;
      file?.sync(writes);
      for (const { path: name, to } of names.splice(0, renames)) {
        if (to === 'gone') this.#durableNames.delete(name);
        else this.#durableNames.set(name, to);
      }
    };
  }

  /** Writes into a folder what a power cut at this moment leaves. */
  writeImage(folder: string, survivors: Survivors): void {
    const survives = typeof survivors === 'function' ? survivors : () => survivors === 'all';
    const names = new Map(this.#durableNames);
    for (const pending of this.#pendingNames.values()) {
      // A folder's changes reach the disk in their order, as in every journal.
      for (const [at, { path, to }] of pending.entries()) {
        if (!survives(at)) break;
        if (to === 'gone') names.delete(path);
        else names.set(path, to);
      }
    }
    const folders = (path: string): boolean =>
      path === this.#root || (names.has(path) && names.get(path) === undefined && folders(dirname(path)));
    for (const [path, file] of names) {
      if (!folders(file === undefined ? path : dirname(path))) continue;
      const target = join(folder, path.slice(this.#root.length));
      mkdirSync(file === undefined ? target : dirname(target), { recursive: true });
      if (file !== undefined) writeFileSync(target, file.image(survives));
    }
  }
}

/** Replays a trace on a disk; `onMark` sees each line that the program wrote to standard output, and may be slow. */
export async function replay(trace: string, disk: TracedDisk, onMark: (line: string) => Promise<void>): Promise<void> {
  const positions = new Map<number, number>();
  const unfinished = new Map<string, { text: string; ended?: () => void }>();
  for await (const line of createInterface(createReadStream(trace, 'latin1'))) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    const begun = / <unfinished \.\.\.>$/.test(rest) ? rest.replace(/ <unfinished \.\.\.>$/, '') : undefined;
    if (begun !== undefined) {
      const path = /^f(?:data)?sync\(\d+<([^>]*)>/.exec(begun)?.[1];
      unfinished.set(thread, { text: begun, ...(path && { ended: disk.beginSync(plain(path)) }) });
      continue;
    }
    const before = /^<\.\.\. \w+ resumed>/.test(rest) ? unfinished.get(thread) : undefined;
    if (before !== undefined) unfinished.delete(thread);
    const whole = before === undefined ? rest : before.text + rest.replace(/^<\.\.\. \w+ resumed>/, '');
    const [, name = '', args = '', result = ''] = /^(\w+)\((.*)\) += (-?\d+)/s.exec(whole) ?? [];
    if (result === '' || result.startsWith('-')) continue;
    for (const mark of apply(name, args, Number(result), disk, positions, before?.ended)) await onMark(mark);
  }
}

/** One system call that succeeded. Answers the lines it wrote to standard output. */
function apply(
  name: string,
  args: string,
  result: number,
  disk: TracedDisk,
  positions: Map<number, number>,
  syncEnded: (() => void) | undefined,
): string[] {
  const texts = [...args.matchAll(/"((?:\\x..)*)"/g)].map(([, text]) => text!);
  const paths = texts.map(plain);
  const [, descriptor = '', described = ''] = /^(\d+)<([^>]*)>/.exec(args) ?? [];
  const [fd, path] = [Number(descriptor), plain(described)];
  const absolute = (at: number): string => {
    const folders = [...args.matchAll(/(?:AT_FDCWD|\d+)<([^>]*)>/g)].map(([, folder]) => plain(folder!));
    const given = paths[at] ?? '';
    return given.startsWith('/') ? given : join(folders[at] ?? '/', given);
  };
  switch (name) {
    case 'open':
    case 'creat':
    case 'openat':
      positions.set(result, 0);
      if (/O_CREAT|^creat/.test(args) && disk.isBelow(absolute(0))) disk.makeFile(absolute(0));
      if (/O_TRUNC/.test(args)) disk.change(absolute(0), { length: 0 });
      if (/O_APPEND/.test(args)) positions.set(result, disk.lengthOf(absolute(0)));
      return [];
    case 'write':
    case 'writev':
    case 'pwrite64':
    case 'pwritev': {
      const bytes = Buffer.concat(texts.map((text) => Buffer.from(text.replaceAll('\\x', ''), 'hex'))).subarray(
        0,
        result,
      );
      if (fd === 1) return bytes.toString().split('\n').filter(Boolean);
      const at = name.startsWith('p') ? Number(/, (\d+)$/.exec(args)?.[1]) : (positions.get(fd) ?? 0);
      if (!name.startsWith('p')) positions.set(fd, at + result);
      disk.change(path, { at, bytes });
      return [];
    }
    case 'ftruncate':
    case 'truncate':
      disk.change(path || absolute(0), { length: Number(/, (\d+)$/.exec(args)?.[1]) });
      return [];
    case 'fsync':
    case 'fdatasync':
      (syncEnded ?? disk.beginSync(path))();
      return [];
    case 'mkdir':
    case 'mkdirat':
      if (disk.isBelow(absolute(0))) disk.makeFolder(absolute(0));
      return [];
    case 'unlink':
    case 'unlinkat':
    case 'rmdir':
      if (disk.isBelow(absolute(0))) disk.remove(absolute(0));
      return [];
    case 'rename':
    case 'renameat':
    case 'renameat2':
      if (disk.isBelow(absolute(1))) disk.move(absolute(0), absolute(1));
      return [];
    case 'link':
    case 'linkat':
      if (disk.isBelow(absolute(1))) disk.link(absolute(0), absolute(1));
      return [];
    default:
      // Preallocation and copies within the kernel: nothing that must be certain may come to the disk by these.
      if (disk.isBelow(path)) throw new Error(`${name} on ${path} is not followed`);
      return [];
  }
}

const plain = (hex: string): string => Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
