import type { ContainerAnswer } from '../../serving/container-failure.ts';
import type { JsonPath } from './json-path.ts';

/** The parts of an answer that are read. */
export type Answered = Pick<ContainerAnswer, 'headers' | 'body'>;

/** What happens to one body on its way to the program, and to the answer on its way to the output. */
export interface Handled {
  body: Uint8Array;
  /** Records of the body, where they were counted. */
  records: number;
  /** Throws DataError for an answer that cannot be joined or filtered. */
  output(answer: Answered): Uint8Array;
}

/** `first` is the number of the body's first record in its object. Throws DataError for a record that cannot be filtered. */
export type Handler = (body: Uint8Array, first: number) => Handled;

export interface Processing {
  inputFilter: JsonPath;
  outputFilter: JsonPath;
  join: boolean;
  /** Appended to each record: an id of its own and the time. */
  inference: { newId(): string; time: string } | undefined;
  /** A body is one document, not one of several lines. */
  document: boolean;
  contentType: string | undefined;
  accept: string | undefined;
}

/** The same as plain data: ids are made from a seed that nothing else has. */
export type ProcessingSettings = Omit<Processing, 'inference'> & {
  inference: { seed: string; time: string } | undefined;
};
