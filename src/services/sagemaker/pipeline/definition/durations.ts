const unitsMs: Readonly<Record<string, number>> = {
  Y: 365 * 86_400_000,
  M: 30 * 86_400_000,
  W: 7 * 86_400_000,
  D: 86_400_000,
  TH: 3_600_000,
  TM: 60_000,
  TS: 1000,
};

/**
 * A duration of ISO 8601 in milliseconds; undefined for any other text. As Amazon does, it takes small letters and a text
 * without the first P: `PT1H`, `p30d`, `T12H`, `30dT5h`. A year has 365 days, a month 30.
 */
export function durationMs(text: string): number | undefined {
  const [, date = '', , time = ''] =
    /^P?((?:\d+(?:\.\d+)?[YMWD])*)(T((?:\d+(?:\.\d+)?[HMS])+))?$/.exec(text.toUpperCase()) ?? [];
  if (date === '' && time === '') return undefined;
  let sumMs = 0;
  for (const [part, before] of [
    [date, ''],
    [time, 'T'],
  ] as const)
    for (const [, count, unit] of part.matchAll(/(\d+(?:\.\d+)?)([A-Z])/g))
      sumMs += Number(count) * unitsMs[before + unit]!;
  return sumMs;
}
