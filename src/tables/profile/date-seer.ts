import { type DateParts, type DateStyle, dateOf, dateStyles } from './dates.ts';
import type { DateProfile } from './profile.ts';

/** How many different years and days are counted. */
const countedMax = 400;

/** Looks for dates in texts, in every style at once; a style that fails once is not looked for again. */
export class DateSeer {
  readonly #seen = new Map<DateStyle, Seen>(dateStyles.map((style) => [style, new Seen()]));

  add(text: string): void {
    for (const [style, seen] of this.#seen) {
      const parts = dateOf(text, style);
      if (parts === undefined) this.#seen.delete(style);
      else seen.add(parts);
    }
  }

  /** Undefined unless all texts are dates of one style. */
  profile(count: number): DateProfile | undefined {
    const fitting = [...this.#seen].filter(([, seen]) => seen.count === count);
    const [first] = fitting;
    if (first === undefined) return undefined;
    const [style, seen] = first;
    return { style, isAmbiguous: style !== 'year first' && fitting.length > 1, ...seen.facts() };
  }
}

class Seen {
  count = 0;
  #hasTime = false;
  #days = 0;
  readonly #values = {
    years: new Set<number>(),
    months: new Set<number>(),
    days: new Set<number>(),
    weekdays: new Set<number>(),
    hours: new Set<number>(),
  };

  add({ year, month, day, weekday, hour, days, hasTime }: DateParts): void {
    this.count += 1;
    if (hasTime) this.#hasTime = true;
    this.#days += (days - this.#days) / this.count;
    const note = (set: Set<number>, value: number): void => void (set.size < countedMax && set.add(value));
    note(this.#values.years, year);
    note(this.#values.months, month);
    note(this.#values.days, day);
    note(this.#values.weekdays, weekday);
    note(this.#values.hours, hour);
  }

  facts(): Omit<DateProfile, 'style' | 'isAmbiguous'> {
    const { years, months, days, weekdays, hours } = this.#values;
    return {
      hasTime: this.#hasTime,
      years: years.size,
      months: months.size,
      days: days.size,
      weekdays: weekdays.size,
      hours: hours.size,
      meanDays: this.#days,
    };
  }
}
