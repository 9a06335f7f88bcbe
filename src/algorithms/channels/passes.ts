import type { ChannelFile } from './channel-files.ts';
import { decodePass, type PassSpec, type PlacedBlock } from './decode.ts';
import { DecodeThread } from './decode-thread.ts';
import { openPipe, type PipeReader } from './pipe-chunks.ts';

/** Where a channel's bytes are: in files, or in the pipes `<path>_0`, `<path>_1`, ... one for each pass. */
export type ChannelInput =
  /** `passedOver` names files that hold no data, for the message that there are no rows. */
  { kind: 'files'; files: readonly ChannelFile[]; passedOver?: string | undefined } | { kind: 'pipe'; path: string };

/** Stored bytes of one pass; undefined for pipes, whose size is unknown. */
export const storedBytes = (input: ChannelInput): number | undefined =>
  input.kind === 'pipe' ? undefined : input.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Stored data beyond this are decoded in a thread of their own, which takes 30 ms to start. */
const threadBytesMin = 64 * 1024 ** 2;

export interface Pass {
  files: readonly ChannelFile[];
  blocks: AsyncGenerator<PlacedBlock>;
  /** Must be called, however the pass ends. */
  close(): Promise<void>;
}

/** Begins one pass after the other over a channel's input. */
export class Passes {
  readonly #input: ChannelInput;
  readonly #name: string;
  /** The pipe of the next pass. */
  #pipe = 0;
  #held: Pass | undefined;
  #holding: PipeReader | undefined;
  #thread: DecodeThread | undefined;
  /** Whether a pass over all rows has begun: the first is inspected. */
  #hasBegun = false;

  constructor(input: ChannelInput, name: string) {
    this.#input = input;
    this.#name = name;
  }

  async next(spec: PassSpec, purpose: 'first rows' | 'all rows' | 'rows that do not fit'): Promise<Pass> {
    const input = this.#input;
    if (this.#held !== undefined) return this.#takeHeld(this.#held);
    const files = input.kind === 'files' ? input.files : [this.#nextPipe(input.path)];
    const size = storedBytes(input) ?? (purpose === 'rows that do not fit' ? Number.POSITIVE_INFINITY : 0);
    if (size > threadBytesMin && purpose !== 'first rows') {
      this.#thread ??= new DecodeThread();
      const hashes = !this.#hasBegun;
      this.#hasBegun = true;
      return passOf(files, this.#thread.pass(spec, files, { hashes }));
    }
    const [pipe] = files;
    if (pipe === undefined || input.kind === 'files') return passOf(files, decodePass(spec, files));
    const reader = await openPipe(pipe.path, pipe.name);
    this.#holding = reader;
    return passOf(
      files,
      decodePass(spec, files, () => reader.chunks()),
    );
  }

  /** Ends a pass of which only the first block was needed. Files are opened again; a pipe is kept for the next pass, which begins with that block. */
  async putBack(pass: Pass, first: PlacedBlock): Promise<void> {
    if (this.#input.kind === 'files') {
      await pass.close();
      return;
    }
    this.#holding?.hold(false);
    const { blocks } = pass;
    const again = async function* (): AsyncGenerator<PlacedBlock> {
      try {
        yield first;
        yield* blocks;
      } finally {
        await blocks.return(undefined);
      }
    };
    this.#held = { ...pass, blocks: again() };
  }

  /** Ends the passes: no more follow. */
  end(): void {
    this.#thread?.stop();
    this.#thread = undefined;
  }

  #takeHeld(held: Pass): Pass {
    this.#held = undefined;
    this.#holding?.hold(true);
    this.#holding = undefined;
    return held;
  }

  #nextPipe(path: string): ChannelFile {
    const number = this.#pipe++;
    return { path: `${path}_${number}`, name: `${this.#name}_${number}`, sizeBytes: 0, isPipe: true };
  }
}

const passOf = (files: readonly ChannelFile[], blocks: AsyncGenerator<PlacedBlock>): Pass => ({
  files,
  blocks,
  async close() {
    await blocks.return(undefined);
  },
});
