import { readFileSync } from 'node:fs';
import type { ServiceName } from '../operation.ts';

interface Coverage {
  absent: Readonly<Partial<Record<ServiceName, readonly (readonly [pattern: string, advice: string])[]>>>;
}

let coverage: Coverage | undefined;

/** What to do instead of an operation that Linnet does not offer: a sentence of models/coverage.json, which docs/coverage.md is made from. */
export function adviceOn(service: ServiceName, operation: string): string {
  coverage ??= JSON.parse(
    readFileSync(new URL('../../../../models/coverage.json', import.meta.url), 'utf8'),
  ) as Coverage;
  const found = coverage.absent[service]?.find(([pattern]) => new RegExp(pattern).test(operation));
  return found?.[1] ?? 'docs/coverage.md lists those that it offers.';
}
