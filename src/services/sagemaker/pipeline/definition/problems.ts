import { invalid } from '../../resource.ts';

/** What is wrong with a definition, each with its place. */
export interface Problems {
  add(place: string, text: string): void;
  /** Throws a ValidationException with all that was found. */
  check(): void;
  readonly count: number;
}

/** The most problems that a message lists. */
const listedMax = 20;

export function openProblems(): Problems {
  const found: string[] = [];
  return {
    get count() {
      return found.length;
    },
    add(place, text) {
      found.push(place === '' ? text : `${place}: ${text}`);
    },
    check() {
      if (found.length === 0) return;
      const listed = found.slice(0, listedMax);
      const more = found.length - listed.length;
      const rest = more > 0 ? `; and ${more} more` : '';
      throw invalid(`The pipeline definition has ${counted(found.length, 'error')}: ${listed.join('; ')}${rest}`);
    },
  };
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** A value for a message, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 100 ? text : `${text.slice(0, 100)}...`;
}
