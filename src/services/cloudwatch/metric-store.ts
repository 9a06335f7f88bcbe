import type { JsonObject } from '../../base/index.ts';
import { type RecordChange, type RecordOf, type Records, recordListLimit } from '../../store/index.ts';
import { type Level, levels, secondLevel } from './levels.ts';
import { type Metric, type MetricPoint, pairsOf, type SeriesBody, seriesIdOf, seriesKind } from './metric.ts';
import { addStatistics, type Statistics } from './statistics.ts';

/** The points of a series in a span of time, of one level. */
const blockKind = 'metric-block';

type StoredPoint = [second: number, count: number, sum: number, min: number, max: number];
type BlockBody = JsonObject & { metrics: [name: string, points: StoredPoint[]][] };

/** Points by the name of the metric, then by the second at which they begin. */
type Points = Map<string, Map<number, Statistics>>;

/**
 * Adds points to what is kept, all or none. What a block holds is read and written again, so there is one call at a time.
 * Returns after the write.
 */
export async function addPoints(records: Records, points: readonly MetricPoint[], nowMs: number): Promise<void> {
  const changes: RecordChange[] = [];
  for (const [id, found] of blocksOf(points)) {
    const kept = await records.get<BlockBody>(blockKind, id);
    const all = kept === undefined ? new Map() : readBlock(kept.body);
    for (const [name, byTime] of found.points) for (const [at, one] of byTime) addPoint(all, name, at, one);
    const createdAtMs = found.startSecond * 1000;
    const status = String(found.level.seconds);
    changes.push({ put: { kind: blockKind, id, status, createdAtMs, updatedAtMs: nowMs, body: writeBlock(all) } });
  }
  changes.push(...(await seriesChanges(records, points, nowMs)));
  if (changes.length > 0) await records.write(changes);
}

interface FoundBlock {
  level: Level;
  startSecond: number;
  points: Points;
}

function blocksOf(points: readonly MetricPoint[]): Map<string, FoundBlock> {
  const blocks = new Map<string, FoundBlock>();
  for (const { metric, timeMs, statistics, bySecond } of points) {
    const series = seriesIdOf(metric);
    for (const level of levels) {
      if (level === secondLevel && !bySecond) continue;
      const second = Math.floor(timeMs / 1000);
      const startSecond = floorTo(second, level.blockSeconds);
      const id = blockId(series, level, startSecond);
      const block = blocks.get(id) ?? { level, startSecond, points: new Map() };
      blocks.set(id, block);
      addPoint(block.points, metric.name, floorTo(second, level.seconds), statistics);
    }
  }
  return blocks;
}

export const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;

const blockPrefix = (series: string, { seconds }: Level): string => `${series}-${seconds}-`;
const blockId = (series: string, level: Level, startSecond: number): string =>
  `${blockPrefix(series, level)}${String(startSecond).padStart(11, '0')}`;

function addPoint(points: Points, name: string, second: number, statistics: Statistics): void {
  const byTime = points.get(name) ?? new Map<number, Statistics>();
  points.set(name, byTime);
  const before = byTime.get(second);
  if (before === undefined) byTime.set(second, { ...statistics });
  else addStatistics(before, statistics);
}

const readBlock = ({ metrics }: BlockBody): Points =>
  new Map(
    metrics.map(([name, points]) => [
      name,
      new Map(points.map(([second, count, sum, min, max]) => [second, { count, sum, min, max }])),
    ]),
  );

const writeBlock = (points: Points): BlockBody => ({
  metrics: [...points].map(([name, byTime]) => [
    name,
    [...byTime].map(([second, { count, sum, min, max }]): StoredPoint => [second, count, sum, min, max]),
  ]),
});

/** A series says so often at least that it still has new values. */
const seriesFreshMs = 10 * 60_000;

async function seriesChanges(records: Records, points: readonly MetricPoint[], nowMs: number): Promise<RecordChange[]> {
  const found = new Map<string, { metric: Metric; units: Map<string, MetricPoint['unit']> }>();
  for (const { metric, unit } of points) {
    const id = seriesIdOf(metric);
    const series = found.get(id) ?? { metric, units: new Map() };
    found.set(id, series);
    series.units.set(metric.name, unit);
  }
  const changes: RecordChange[] = [];
  for (const [id, { metric, units }] of found) {
    const kept = await records.get<SeriesBody>(seriesKind, id);
    const known = new Map(kept?.body.metrics);
    const isNew = [...units].some(([name, unit]) => known.get(name) !== unit);
    if (kept !== undefined && !isNew && kept.updatedAtMs > nowMs - seriesFreshMs) continue;
    const { namespace, dimensions } = metric;
    const body: SeriesBody = { namespace, dimensions: pairsOf(dimensions), metrics: [...known, ...units] };
    body.metrics = [...new Map(body.metrics)];
    const createdAtMs = kept?.createdAtMs ?? nowMs;
    changes.push({ put: { kind: seriesKind, id, createdAtMs, updatedAtMs: nowMs, body } });
  }
  return changes;
}

/** Points of a metric in ascending order of time, from the start (inclusive) to the end, as they are kept at a level. */
export async function readPoints(
  records: Records,
  metric: Metric,
  { level, startSecond, endSecond }: { level: Level; startSecond: number; endSecond: number },
): Promise<[second: number, statistics: Statistics][]> {
  const series = seriesIdOf(metric);
  const idPrefix = blockPrefix(series, level);
  let idFrom = blockId(series, level, floorTo(startSecond, level.blockSeconds));
  const blocks = Math.ceil((endSecond - startSecond) / level.blockSeconds) + 1;
  const found: [number, Statistics][] = [];
  for (let left = blocks; left > 0; left -= recordListLimit) {
    const limit = Math.min(left, recordListLimit);
    const page: RecordOf<BlockBody>[] = await records.list<BlockBody>(blockKind, { idPrefix, idFrom, limit });
    for (const { body } of page) {
      const points = readBlock(body).get(metric.name) ?? [];
      for (const [second, statistics] of points)
        if (second >= startSecond && second < endSecond) found.push([second, statistics]);
    }
    if (page.length < limit) break;
    // The least id that is greater.
    idFrom = `${page.at(-1)!.id}0`;
  }
  return found.sort(([left], [right]) => left - right);
}

/** The unit that a metric's last value had; undefined when there is no such metric. */
export async function unitOf(records: Records, metric: Metric): Promise<MetricPoint['unit'] | undefined> {
  const series = await records.get<SeriesBody>(seriesKind, seriesIdOf(metric));
  return new Map(series?.body.metrics).get(metric.name);
}

/** Removes what is older than its level is kept for, and series that have nothing left. */
export async function sweepMetrics(records: Records, nowMs: number): Promise<void> {
  for (const { seconds, blockSeconds, keepMs } of levels) {
    const createdBeforeMs = nowMs - keepMs - blockSeconds * 1000;
    await removeAll(records, () => records.list(blockKind, { statuses: [String(seconds)], createdBeforeMs }));
  }
  const longest = Math.max(...levels.map(({ keepMs }) => keepMs));
  await removeAll(records, () => records.list(seriesKind, { updatedBeforeMs: nowMs - longest }));
}

async function removeAll(records: Records, next: () => Promise<RecordOf[]>): Promise<void> {
  for (;;) {
    const found = await next();
    if (found.length > 0) await records.write(found.map(({ kind, id }) => ({ remove: { kind, id } })));
    if (found.length < recordListLimit) return;
  }
}
