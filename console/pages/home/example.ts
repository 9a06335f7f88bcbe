import { useSyncExternalStore } from 'react';

/** The example as it goes: it runs on while other pages are looked at. */
export interface Example {
  state: 'idle' | 'running' | 'done' | 'failed';
  /** Steps that are done or under way, the newest last. */
  steps: readonly { title: string; startedMs: number; endedMs?: number }[];
  error?: unknown;
  result?: ExampleResult;
}

export interface ExampleResult {
  job: string;
  endpoint: string;
  /** Rows the model had never seen, how many it called wrong, and how many the majority gets wrong. */
  rows: number;
  wrong: number;
  majorityWrong: number;
  majority: string;
}

let example: Example = { state: 'idle', steps: [] };
const heard = new Set<() => void>();

export function change(next: Partial<Example>): void {
  example = { ...example, ...next };
  for (const each of heard) each();
}

/** Ends the step before it and begins the next; without a title, only ends it. */
export function step(title?: string): void {
  const nowMs = Date.now();
  const ended = example.steps.map((each) => (each.endedMs === undefined ? { ...each, endedMs: nowMs } : each));
  change({ steps: title === undefined ? ended : [...ended, { title, startedMs: nowMs }] });
}

export const useExample = (): Example =>
  useSyncExternalStore(
    (onChange) => {
      heard.add(onChange);
      return () => heard.delete(onChange);
    },
    () => example,
  );
