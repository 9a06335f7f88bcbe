import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, messageOf } from '../../../base/index.ts';
import { noMemoryStatus } from '../../../contract/index.ts';
import { type Answer, type Invocation, plainText } from '../answer.ts';
import type { LoadedModel } from '../loaded-model.ts';

/** The models of a program that serves several of them, by the names that its host gives them. */
export interface LoadedModels {
  load(name: string, folder: string): Promise<Answer>;
  unload(name: string): Answer;
  list(): Answer;
  describe(name: string): Answer;
  invoke(name: string, invocation: Invocation): Answer | Promise<Answer>;
}

export interface LoadedModelsOptions {
  load(folder: string): LoadedModel | Promise<LoadedModel>;
  /** The most memory of all models together, as it is guessed from their files. */
  memoryBytesMax: number;
  say(text: string): void;
}

/** Memory of a model for each byte of its files, which are compressed or text. */
const bytesPerFileByte = 3;

interface Entry {
  folder: string;
  bytes: number;
  model: LoadedModel;
}

export function loadedModels({ load, memoryBytesMax, say }: LoadedModelsOptions): LoadedModels {
  const entries = new Map<string, Entry>();
  const loading = new Set<string>();
  let bytes = 0;
  const missing = (name: string): Answer => plainText(404, `The model "${name}" is not loaded`);
  const facts = (name: string, { folder }: Entry) => ({ modelName: name, modelUrl: folder });
  return {
    async load(name, folder) {
      if (entries.has(name) || loading.has(name)) return plainText(409, `The model "${name}" is loaded already`);
      loading.add(name);
      let needed = 0;
      try {
        needed = bytesPerFileByte * sizeOf(folder);
        // A single model is tried in any case: nothing could be unloaded for it.
        if (bytes > 0 && bytes + needed > memoryBytesMax)
          return plainText(
            noMemoryStatus,
            `The model needs about ${needed} bytes of memory; ${bytes} of ${memoryBytesMax} are taken`,
          );
        bytes += needed;
        const model = await load(folder);
        entries.set(name, { folder, bytes: needed, model });
        say(`Loaded ${model.text} as ${name}`);
        return json({ modelName: name, modelUrl: folder });
      } catch (error) {
        bytes -= needed;
        say(`Cannot load a model from "${folder}": ${messageOf(error)}`);
        return plainText(error instanceof DataError ? 400 : 500, `The model cannot be loaded: ${messageOf(error)}`);
      } finally {
        loading.delete(name);
      }
    },
    unload(name) {
      const entry = entries.get(name);
      if (entry === undefined) return missing(name);
      entries.delete(name);
      bytes -= entry.bytes;
      entry.model.close?.();
      say(`Unloaded ${name}`);
      return json({ modelName: name });
    },
    list: () => json({ models: [...entries].map(([name, entry]) => facts(name, entry)) }),
    describe(name) {
      const entry = entries.get(name);
      return entry === undefined ? missing(name) : json(facts(name, entry));
    },
    invoke: (name, invocation) => entries.get(name)?.model.invoke(invocation) ?? missing(name),
  };
}

const json = (value: unknown): Answer => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
