import { lossFamilies } from '../losses/index.ts';
import type { Jobs } from '../threads/job-board.ts';
import { type DesignFunctions, designModule } from '../wasm/design/module.ts';
import type { Tile } from '../wasm/design/tiles.ts';

/** All that the code of designs depends on. */
export interface DesignCode {
  fma: boolean;
  tile: Tile;
  shared: boolean;
}

/** What a thread must have to make calls on designs. */
export interface DesignJobs {
  code: DesignCode;
  memory: WebAssembly.Memory;
}

export type FunctionName = keyof DesignFunctions;
export type Call<Name extends FunctionName> = Parameters<DesignFunctions[Name]>;
type AnyFunction = (...values: readonly number[]) => void;

/** Job n makes the n-th call of a table in memory: `width` words for each call. */
export function openDesignJobs({ code, memory }: DesignJobs): Jobs {
  const functions = openDesignFunctions(code, memory);
  const jobOf = (run: AnyFunction) => (job: number, table: number, width: number) => {
    run(...new Int32Array(memory.buffer, table + 4 * width * job, width));
  };
  return Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, jobOf(run)]));
}

export function openDesignFunctions(
  code: DesignCode,
  memory: WebAssembly.Memory,
): Readonly<Record<FunctionName, AnyFunction>> {
  const { exports } = new WebAssembly.Instance(compiled(code), { env: { memory } });
  return exports as Readonly<Record<FunctionName, AnyFunction>>;
}

const modules = new Map<string, WebAssembly.Module>();

/** Compiled once for each code; there are few. */
function compiled(code: DesignCode): WebAssembly.Module {
  const key = JSON.stringify(code);
  const module = modules.get(key) ?? new WebAssembly.Module(designModule(code, lossFamilies));
  modules.set(key, module);
  return module;
}
