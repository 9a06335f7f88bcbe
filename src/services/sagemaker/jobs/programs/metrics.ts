import { Worker } from 'node:worker_threads';
import type { MetricDefinition } from '../../../../contract/index.ts';

/** The last value of each metric, as its lines gave it. */
export type MetricValue = { name: string; value: number; timeMs: number };

export interface MetricReader {
  line(text: string, timeMs: number): void;
  /** The values after all lines so far, by name. */
  values(): Promise<MetricValue[]>;
  close(): void;
}

/** Only the beginning of a longer line is searched: patterns can be slow on long texts. */
export const metricLineMax = 2_048;

/** CloudWatch shows a tab as #011, and definitions of metrics are written for either. */
const formsOf = (line: string): string[] => (line.includes('\t') ? [line, line.replaceAll('\t', '#011')] : [line]);

/** A metric whose every value matters, in order: once for each line that has one. */
export interface WatchedMetric {
  name: string;
  onValue(value: number): void;
}

/** Takes every value of every metric, once for each line that has one. */
export type OnMetricValue = (value: MetricValue) => void;

interface TrustedMetricsOptions {
  watched?: WatchedMetric | undefined;
  onValue?: OnMetricValue | undefined;
}

/** Reads metrics with definitions that are our own and known to be fast. */
export function trustedMetrics(
  definitions: readonly MetricDefinition[],
  { watched, onValue }: TrustedMetricsOptions = {},
): MetricReader {
  const compiled = definitions.map(({ name, regex }) => ({
    name,
    regex: new RegExp(regex),
    literal: leadingText(regex) || innerText(regex),
  }));
  const literals = [...new Set(compiled.map(({ literal }) => literal))];
  const last = new Map<string, MetricValue>();
  return {
    line(text, timeMs) {
      let seen: Map<string, MetricValue> | undefined;
      for (const form of formsOf(text)) {
        const searched = form.slice(0, metricLineMax);
        // Most lines hold no metric: one search for a common beginning saves some fifty expressions.
        const present = literals.filter((literal) => searched.includes(literal));
        for (const { name, regex, literal } of compiled) {
          if (!present.includes(literal)) continue;
          const value = metricValue(regex.exec(searched));
          if (value === undefined) continue;
          seen ??= new Map();
          seen.set(name, { name, value, timeMs });
        }
      }
      for (const found of seen?.values() ?? []) {
        last.set(found.name, found);
        if (found.name === watched?.name) watched.onValue(found.value);
        onValue?.(found);
      }
    },
    values: async () => [...last.values()],
    close: () => undefined,
  };
}

/** Text that every match of an expression begins with, in whole words; empty when that cannot be determined. */
export function leadingText(regex: string): string {
  const literal = regex.includes('|') ? '' : (/^[\w #:=,<>-]*/.exec(regex)?.[0] ?? '');
  // The last character may belong to a quantifier, so a word that is cut off does not count.
  return literal.slice(0, literal.lastIndexOf(' ') + 1).trimEnd();
}

/** The longest text outside of groups that every match of an expression holds; empty when none is known. */
export function innerText(regex: string): string {
  if (/[|()]/.test(regex.replace(/\\./g, '').replace(/\((\?:)?[^()|]*\)/g, ''))) return '';
  const plain = regex
    .replace(/\\./g, '\0')
    .replace(/\[[^\]]*\]/g, '\0')
    .replace(/.\{[^}]*\}/g, '\0')
    .replace(/\([^()]*\)/g, '\0');
  const texts = [...plain.matchAll(/[\w #:=,<>-]+(?=(.?))/g)].map(([text, next = '']) =>
    /[?*+{]/.test(next) ? text.slice(0, -1) : text,
  );
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** The number in the first group of a match; undefined when there is none. */
export function metricValue(match: RegExpExecArray | null): number | undefined {
  // A tab that is shown as #011 ends a number as the tab itself does.
  const text = match?.[1]?.split('#011')[0]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export interface UserMetricsOptions {
  /** How long a batch of lines may take before the definitions are given up. */
  batchTimeoutMs?: number;
  /** Called once, when the definitions are given up. */
  onGivenUp(reason: string): void;
  watched?: WatchedMetric | undefined;
  onValue?: OnMetricValue | undefined;
}

/** What the worker says of a batch of lines. */
export interface BatchAnswer {
  /** The last values so far. */
  values: MetricValue[];
  /** All values of this batch, in order. */
  found: MetricValue[];
}

/** Lines wait here for the worker; beyond it the newest are dropped. */
const waitingLinesMax = 10_000;
const batchTimeoutMsDefault = 2_000;

/**
 * Reads metrics with a user's definitions. A regular expression can take centuries on a short line ((a+)+$), and no
 * inspection shows; so they run on a thread of their own, which is ended when it answers too late.
 */
export function userMetrics(
  definitions: readonly MetricDefinition[],
  { batchTimeoutMs = batchTimeoutMsDefault, onGivenUp, watched, onValue }: UserMetricsOptions,
): MetricReader {
  let thread: MetricsThread | undefined;
  let last: MetricValue[] = [];
  let waiting: { text: string; timeMs: number }[] = [];
  let working: Promise<void> | undefined;
  let givenUp = false;

  const batch = async (): Promise<void> => {
    while (waiting.length > 0 && !givenUp) {
      thread ??= startThread(definitions);
      const answer = await thread.ask(waiting.splice(0, 500), batchTimeoutMs);
      if (typeof answer !== 'string') {
        last = answer.values;
        for (const one of answer.found) {
          if (one.name === watched?.name) watched.onValue(one.value);
          onValue?.(one);
        }
        continue;
      }
      givenUp = true;
      waiting = [];
      thread.end();
      onGivenUp(answer);
    }
    working = undefined;
  };
  return {
    line(text, timeMs) {
      if (givenUp || waiting.length >= waitingLinesMax) return;
      waiting.push({ text: text.slice(0, metricLineMax), timeMs });
      working ??= batch();
    },
    async values() {
      while (working !== undefined) await working;
      return last;
    },
    close: () => thread?.end(),
  };
}

interface MetricsThread {
  /** The last values after these lines; a text when there is no answer in time. One call at a time. */
  ask(lines: unknown, timeoutMs: number): Promise<BatchAnswer | string>;
  end(): void;
}

function startThread(definitions: readonly MetricDefinition[]): MetricsThread {
  const worker = new Worker(new URL('./metrics-worker.js', import.meta.url), { workerData: definitions, env: {} });
  let settle: (answer: BatchAnswer | string) => void = () => undefined;
  worker.on('message', (answer: BatchAnswer) => settle(answer));
  worker.on('error', (cause) => settle(cause.message));
  worker.on('exit', () => settle('their thread ended'));
  return {
    async ask(lines, timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const answer = new Promise<BatchAnswer | string>((resolve) => {
        settle = resolve;
        timer = setTimeout(() => resolve(`a regular expression took longer than ${timeoutMs} ms`), timeoutMs);
      });
      worker.postMessage(lines);
      return answer.finally(() => clearTimeout(timer));
    },
    end: () => void worker.terminate(),
  };
}
