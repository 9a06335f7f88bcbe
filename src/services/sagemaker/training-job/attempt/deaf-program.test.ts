/** What becomes of a job whose program hears nothing: a decoder that turns round for ever, say. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Compute, processCompute } from '../../../../compute/index.ts';
import { trainingStopGraceMs } from '../../../../contract/index.ts';
import { createWorld, manualTimers, trainingJob, type World } from '../../../testing/world.ts';

/** Real processes, whose grace passes at once; `graces` are those that were asked for. */
function hastyCompute(): { compute: Compute; graces: number[] } {
  const compute = processCompute({});
  const graces: number[] = [];
  const start: Compute['start'] = async (program) => {
    const running = await compute.start(program);
    return {
      ...running,
      stop(graceMs) {
        graces.push(graceMs);
        return running.stop(Math.min(graceMs, 20));
      },
    };
  };
  return { compute: { ...compute, start }, graces };
}

/** Creates a job whose program is busy for ever; resolves with the number of its process when it is. */
async function startDeaf(t: TestContext, world: World): Promise<number> {
  await world.put({ 's3://data/train/a.csv': '1,2\n' });
  await world.call('CreateTrainingJob', trainingJob('deaf', { HyperParameters: { behave: 'be deaf' } }));
  const events = { logGroupName: '/aws/sagemaker/TrainingJobs', filterPattern: 'busy' };
  for (;;) {
    t.signal.throwIfAborted();
    const found = await world.call('FilterLogEvents', events).catch(() => ({ events: [] }));
    if (found.events.length > 0) return Number(found.events[0].message.slice('busy '.length));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function endOf(world: World): Promise<string[]> {
  const job = await world.call('DescribeTrainingJob', { TrainingJobName: 'deaf' }, { fromWaiter: true });
  return [job.TrainingJobStatus, job.SecondaryStatus];
}

const assertGone = (pid: number): void => assert.throws(() => process.kill(pid, 0), /ESRCH/);

test('A program that is too busy to hear of a stop is killed after its grace, and the job ends', async (t) => {
  const { compute, graces } = hastyCompute();
  const world = await createWorld(t, { compute });
  const pid = await startDeaf(t, world);
  await world.call('StopTrainingJob', { TrainingJobName: 'deaf' });
  assert.deepEqual(await endOf(world), ['Stopped', 'Stopped']);
  assert.deepEqual(graces, [trainingStopGraceMs]);
  assertGone(pid);
});

test('A program that is too busy to hear that its MaxRuntimeInSeconds are over is killed after its grace', async (t) => {
  const clock = manualTimers();
  const { compute, graces } = hastyCompute();
  const world = await createWorld(t, { compute, timers: clock.timers, nowMs: clock.nowMs });
  // The program's lines are written when the clock has moved by their delay.
  const moving = setInterval(() => clock.advance(200), 10);
  const pid = await startDeaf(t, world);
  clearInterval(moving);
  clock.advance(3_600_000);
  assert.deepEqual(await endOf(world), ['Stopped', 'MaxRuntimeExceeded']);
  assert.deepEqual(graces, [trainingStopGraceMs]);
  assertGone(pid);
});
