// A thread that has the database open. It answers reads, and commits all waiting writes together: their number
// grows with the time a sync takes, so that the disk never gets more syncs than it can do.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { checkWhole, type OpenDatabase, openDatabase, openForReading } from './database.ts';
import { translated } from './errors.ts';
import { failureOf } from './failure.ts';
import { type Answer, type FromThread, isRead, type Numbered, type ThreadData, type ToThread } from './messages.ts';
import { preparedStatements, type Statements } from './statements.ts';

/** The most calls of one turn: it limits the size of a commit, and how long reads wait behind it. */
const turnCallsMax = 500;

const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);
const data = workerData as ThreadData;

try {
  if ('checkFile' in data) checkWhole(data.checkFile);
  else serve('readFile' in data ? openForReading(data.readFile) : openDatabase(data));
} catch (thrown) {
  say({ failed: failureOf(thrown) });
}

function serve({ database, file, isUnchecked, close }: OpenDatabase): void {
  const statements = preparedStatements(database);
  const run = (calls: readonly Numbered[]): void => {
    const reads = calls.filter(isRead);
    const writes = calls.filter((call) => !reads.includes(call));
    if (reads.length > 0) say({ answers: reads.map((call) => tried(call.number, () => answered(statements, call))) });
    if (writes.length > 0) say({ answers: committed(writes) });
  };
  const tried = (number: number, act: () => unknown): Answer => {
    try {
      return { number, value: act() };
    } catch (thrown) {
      return { number, failure: failureOf(translated(thrown, file)) };
    }
  };
  /** One transaction for all: they are on disk together, or each is Unavailable. */
  const committed = (writes: readonly Numbered[]): Answer[] => {
    try {
      database.exec('begin immediate');
      const answers = writes.map((call) => ({ number: call.number, value: answered(statements, call) }));
      database.exec('commit');
      return answers;
    } catch (thrown) {
      const failure = failureOf(translated(thrown, file));
      try {
        database.exec('rollback');
      } catch {
        // SQLite has rolled back by itself, as it does when the disk is full.
      }
      return writes.map(({ number }) => ({ number, failure }));
    }
  };
  port.on('message', (first: ToThread) => {
    const calls: Numbered[] = [];
    for (let message: ToThread | undefined = first; message !== undefined; ) {
      if ('close' in message) {
        run(calls);
        close();
        port.close();
        return;
      }
      calls.push(...message.calls);
      if (calls.length >= turnCallsMax) break;
      message = (receiveMessageOnPort(port) as { message: ToThread } | undefined)?.message;
    }
    run(calls);
  });
  say({ opened: true, uncheckedFile: isUnchecked ? file : undefined });
}

function answered(statements: Statements, call: Numbered): unknown {
  switch (call.name) {
    case 'get':
      return statements.get(call.kind, call.id);
    case 'list':
    case 'read':
      return statements.query(call.text, call.values);
    case 'write':
      return statements.write(call.changes);
    case 'append':
      return statements.append(call.stream, call.events);
    case 'removeStream':
      return statements.removeStream(call.stream);
  }
}
