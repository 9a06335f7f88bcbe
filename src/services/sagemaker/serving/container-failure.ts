export interface ContainerAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
}

/** A program gave no answer. `unreached`: it cannot have seen the request. */
export class ContainerFailure extends Error {
  override readonly name = 'ContainerFailure';
  readonly reason: 'unreached' | 'lost' | 'timeout' | 'too-large';

  constructor(reason: ContainerFailure['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
