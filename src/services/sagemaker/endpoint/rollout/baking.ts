import { alarmKind, findAlarm } from '../../../cloudwatch/alarms/alarm.ts';
import { pause } from '../../../timers.ts';
import type { Context } from '../../context.ts';
import type { Update } from '../lifecycle.ts';
import { alarmsOf, executionTimeoutSeconds } from './checks.ts';

/** Why an update must not go on now: one of its alarms went off, or its time is over. */
async function troubleOf({ records, nowMs }: Context, { config, startedMs }: Update): Promise<string | undefined> {
  const names = alarmsOf(config);
  const found = await Promise.all(names.map((name) => findAlarm(records, name)));
  const raised = names.filter((_, index) => found[index]?.body.state.value === 'ALARM');
  if (raised.length > 0) return `The following alarms are in ALARM: [${raised.join(', ')}]`;
  const gone = names.filter((_, index) => found[index] === undefined);
  if (gone.length > 0) return `The following alarms were deleted during the update: [${gone.join(', ')}]`;
  const limit = executionTimeoutSeconds(config);
  if (limit !== undefined && nowMs() >= startedMs + limit * 1000)
    return `The update took longer than MaximumExecutionTimeoutInSeconds, which is ${limit}`;
  return undefined;
}

/** Watches a stage for its time. Resolves with the trouble, at once when there is one, and with undefined when the server stops. */
export async function bake(
  context: Context,
  update: Update,
  waitMs: number,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const { records, timers, nowMs } = context;
  const untilMs = nowMs() + waitMs;
  const limit = executionTimeoutSeconds(update.config);
  const endMs = limit === undefined ? untilMs : Math.min(untilMs, update.startedMs + limit * 1000);
  let change = new AbortController();
  const unwatch = records.watch(alarmKind, () => change.abort());
  try {
    for (;;) {
      const { signal } = change;
      const trouble = await troubleOf(context, update);
      const leftMs = endMs - nowMs();
      if (trouble !== undefined || leftMs <= 0 || stopping.aborted) return trouble;
      await pause(timers, leftMs, AbortSignal.any([signal, stopping]));
      if (signal.aborted) change = new AbortController();
    }
  } finally {
    unwatch();
  }
}
