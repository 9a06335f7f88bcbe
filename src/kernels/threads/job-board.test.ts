import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boardBytes, JobBoard } from './job-board.ts';

const boards = () => {
  const buffer = new SharedArrayBuffer(boardBytes);
  return [new JobBoard(buffer), new JobBoard(buffer)] as const;
};

test('Each job of a round is run once, by whoever takes it, with the numbers of the round', () => {
  const [one, other] = boards();
  const seen: number[][] = [];
  const late = { first: () => {}, second: (job: number, ...values: number[]) => void seen.push([job, ...values]) };
  // A thread in the middle of its job looks on while another takes the rest.
  const early = {
    first: () => {},
    second(job: number, ...values: number[]) {
      seen.push([job, ...values]);
      other.take(late);
    },
  };
  for (let round = 0; round < 3; round += 1) {
    one.begin(early, 'second', 3, [round, 0.5, 2 ** 40]);
    assert.equal(one.take(early), undefined);
    assert.equal(one.finish(), 0);
  }
  assert.deepEqual(
    seen,
    [0, 1, 2].flatMap((round) => [0, 1, 2].map((job) => [job, round, 0.5, 2 ** 40])),
  );
});

test('A job that fails is counted, and the others are still run', () => {
  const [board] = boards();
  const done: number[] = [];
  const jobs = {
    run(job: number) {
      if (job === 1) throw new Error('no');
      done.push(job);
    },
  };
  board.begin(jobs, 'run', 4, []);
  assert.equal((board.take(jobs) as Error).message, 'no');
  assert.equal(board.finish(), 1);
  assert.deepEqual(done, [0, 2, 3]);
  board.begin(jobs, 'run', 1, []);
  board.take(jobs);
  assert.equal(board.finish(), 0);
});

test('A finished round has no jobs for who comes late, and a thread goes to sleep when there are no more rounds', () => {
  const [board, late] = boards();
  let count = 0;
  const jobs = {
    run() {
      count += 1;
    },
  };
  board.begin(jobs, 'run', 2, []);
  board.take(jobs);
  assert.equal(late.take(jobs), undefined);
  assert.equal(count, 2);
  assert.equal(board.isAsleep(0), true);
  late.serve(0, jobs);
  assert.equal(board.isAsleep(0), true);
  assert.equal(count, 2);
});
