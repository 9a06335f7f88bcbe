import { messageOf } from '../../../base/index.ts';
import type { Records } from '../../../store/index.ts';
import { everyRecord } from '../../every-record.ts';
import type { Regions } from '../../regions.ts';
import type { Timers } from '../../timers.ts';
import { readDimensions } from '../dimensions.ts';
import { unitOf } from '../metric-store.ts';
import type { Metrics } from '../metrics.ts';
import { answerQuery } from '../query.ts';
import { type StatisticName, statisticOf } from '../statistics.ts';
import { type AlarmBody, alarmKind, requestOf, ruleOf } from './alarm.ts';
import { evaluate, periodsBeyond } from './evaluate.ts';
import { type Datapoint, reasonDataOf, reasonOf } from './reason.ts';
import { inState } from './transition.ts';
import { changeAlarm } from './write.ts';

/** Brings the alarms of all regions to the states that their metrics have. */
export interface AlarmEvaluator {
  start(): void;
  stop(): Promise<void>;
}

interface EvaluatorOptions {
  /** Of all regions. */
  records: Records;
  regions: Pick<Regions, 'placeOf'>;
  metrics: Pick<Metrics, 'flush' | 'recordsOf'>;
  timers: Timers;
  nowMs(): number;
  log(text: string, details?: Record<string, unknown>): void;
  /** See Context. */
  report(text: string, details?: Record<string, unknown>): void;
}

/** Alarms of whole minutes are evaluated when a minute has ended, at the latest so long after it. */
const everyMs = 10_000;

export function createAlarmEvaluator(options: EvaluatorOptions): AlarmEvaluator {
  const { records, regions, metrics, timers, nowMs, log } = options;
  /** By record: when the alarm was configured and where the periods end that were evaluated last. */
  let evaluated = new Map<string, string>();
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();

  const evaluateAll = async (): Promise<void> => {
    const before = evaluated;
    evaluated = new Map();
    let isFlushed = false;
    for await (const { id, body } of everyRecord<AlarmBody>(records, alarmKind)) {
      const endSecond = endOf(body, nowMs());
      const mark = `${body.configuredAtMs}/${endSecond}`;
      evaluated.set(id, mark);
      if (before.get(id) === mark) continue;
      if (!isFlushed) await metrics.flush();
      isFlushed = true;
      await evaluateOne(options, metrics.recordsOf(regions.placeOf(id).region), body, endSecond);
    }
  };
  const tick = (): void => {
    running = evaluateAll()
      .catch((thrown: unknown) => log(`Alarms could not be evaluated yet: ${messageOf(thrown)}`))
      .finally(() => {
        if (cancel !== undefined) cancel = timers.after(everyMs, tick);
      });
  };
  return {
    start() {
      cancel = timers.after(everyMs, tick);
    },
    async stop() {
      cancel?.();
      cancel = undefined;
      await running;
    },
  };
}

/** The end of the newest period that is over. Those of more than a minute begin anew every minute. */
function endOf(body: AlarmBody, nowMs: number): number {
  const step = Math.min(requestOf(body).Period ?? 60, 60);
  return Math.floor(nowMs / 1000 / step) * step;
}

async function evaluateOne(
  { nowMs, report }: Pick<EvaluatorOptions, 'nowMs' | 'report'>,
  records: Records,
  body: AlarmBody,
  endSecond: number,
): Promise<void> {
  const rule = ruleOf(body);
  const periodMs = (requestOf(body).Period ?? 60) * 1000;
  const length = rule.periods + periodsBeyond;
  const datapoints = await datapointsOf(records, body, { endSecond, length, nowMs: nowMs() });
  const byStart = new Map(datapoints.map(({ startMs, value }) => [startMs, value]));
  const values = Array.from({ length }, (_, index) => byStart.get(endSecond * 1000 - (length - index) * periodMs));
  const state = evaluate(rule, values);
  if (state === undefined || state === body.state.value) return;
  const findings = { rule, datapoints, state };
  const atMs = nowMs();
  await changeAlarm(records, body.name, atMs, (record) => {
    // It was configured anew meanwhile: the next round looks at it.
    if (record?.body.configuredAtMs !== body.configuredAtMs) return undefined;
    const reason = reasonOf(findings);
    report(`Alarm "${body.name}" went from ${record.body.state.value} to ${state}: ${reason}`);
    return inState(record.body, { value: state, reason, reasonData: reasonDataOf(body, findings, atMs) }, atMs);
  });
}

/** The periods that have a value, the latest first. */
async function datapointsOf(
  records: Records,
  body: AlarmBody,
  { endSecond, length, nowMs }: { endSecond: number; length: number; nowMs: number },
): Promise<Datapoint[]> {
  const { Namespace, MetricName, Dimensions, Period: periodSeconds = 60, Unit, Statistic } = requestOf(body);
  const metric = {
    namespace: Namespace ?? '',
    name: MetricName ?? '',
    dimensions: readDimensions(Dimensions, 'Dimensions'),
  };
  if (Unit !== undefined && (await unitOf(records, metric)) !== Unit) return [];
  const startMs = (endSecond - length * periodSeconds) * 1000;
  const found = await answerQuery(records, { metric, startMs, endMs: endSecond * 1000, periodSeconds }, nowMs);
  return found
    .map(([second, statistics]) => ({
      startMs: second * 1000,
      value: statisticOf(statistics, Statistic as StatisticName),
    }))
    .sort((left, right) => right.startMs - left.startMs);
}
