/** What XGBoost says is wrong. It does not leave the room: `train` and `serve` make it the caller's DataError. */
export class LibraryError extends Error {
  override readonly name = 'LibraryError';
  /** Whether another host is gone, or does not answer. */
  readonly isOfHosts: boolean;

  /** `text` is what XGBGetLastError answers: a time, a place in the library's source, the message, often a stack trace. */
  constructor(text: string) {
    super(messageIn(text));
    this.isOfHosts = /\/collective\//.test(text);
  }
}

function messageIn(text: string): string {
  const [message = ''] = text.split(/\n\s*Stack trace:/);
  return message
    .trim()
    .replace(/^\[\d+:\d+:\d+\] /, '')
    .replace(/^\S+:\d+: /, '')
    .replace(/^Check failed: (.*?): (?=\S)/s, '')
    .replace(/\s*\n\s*/g, ' ');
}
