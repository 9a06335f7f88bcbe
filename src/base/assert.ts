/** Throws when an invariant of ours is broken: a bug, never a user's mistake. */
export function assert(condition: unknown, fact: string): asserts condition {
  if (!condition) throw new AssertionError(fact);
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
