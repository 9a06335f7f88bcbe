/**
 * Whether a file or folder of this name holds no data: hidden ones, and the marks that other programs leave beside what
 * they write (Spark and Hadoop `_SUCCESS`, `_committed_<id>`, `_temporary/`, `.part-0.crc`, `<folder>_$folder$`).
 */
export const holdsNoData = (name: string): boolean =>
  (/^[._]/.test(name) && name !== '.' && name !== '..') || /(\.crc|_\$folder\$)$/i.test(name);

/** The number of skipped names that a message shows. */
const shownMax = 3;

/** The names that were skipped in each channel, for the job's log. */
export class PassedOver {
  readonly #channels = new Map<string, { count: number; first: string[] }>();

  add(channel: string, name: string): void {
    const found = this.#channels.get(channel) ?? { count: 0, first: [] };
    found.count += 1;
    if (found.first.length < shownMax) found.first.push(name);
    this.#channels.set(channel, found);
  }

  /** `3 are passed over as no data: "a/_SUCCESS", ...`; undefined when there are none. */
  of(channel: string): string | undefined {
    const found = this.#channels.get(channel);
    if (found === undefined) return undefined;
    const { count, first } = found;
    const names = first.map((name) => JSON.stringify(name.length > 200 ? `${name.slice(0, 197)}...` : name)).join(', ');
    const verb = count === 1 ? 'is' : 'are';
    return `${count} ${verb} passed over as no data: ${names}${count > first.length ? ', ...' : ''}`;
  }

  /** A line for each channel in which there was something, as the log shows it. */
  lines(noun: string): string[] {
    return [...this.#channels.keys()].map(
      (channel) =>
        `Channel "${channel}": of its ${noun} ${this.of(channel)} (names that begin with . or _, *.crc, empty folder marks)`,
    );
  }
}
