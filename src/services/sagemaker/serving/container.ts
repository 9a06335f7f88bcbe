import { mkdir } from 'node:fs/promises';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import { messageOf } from '../../../base/index.ts';
import type { ProgramAddress, ProgramUsage } from '../../../compute/index.ts';
import { removeRoot } from '../jobs/programs/program-root.ts';
import type { FramedConnection } from './framed-client.ts';
import { KeptProgram, type ProgramPlan, type ServingContext } from './kept-program.ts';
import { linkFiles } from './model-files.ts';
import { type ServedModels, type ServedModelsOptions, servedModels } from './models/served-models.ts';

/** One program that serves one model, kept running. */
export interface Container {
  /** Its name in errors: `primary` where an instance has one container. */
  readonly name: string;
  /** Where it answers; undefined while it is being started again. */
  readonly address: ProgramAddress | undefined;
  readonly agent: Agent;
  /** For programs that offer frames. */
  readonly frames: FramedConnection | undefined;
  /** Whether its program knows the header that asks for explanations. */
  readonly explains: boolean;
  /** Of a multi-model endpoint. */
  readonly models: ServedModels | undefined;
  /** Whether a sender has got an answer from it; reset when the program is started again. */
  served: boolean;
  /** See RunningProgram. */
  usage(): ProgramUsage | undefined;
}

export interface ContainerPlan extends ProgramPlan {
  name: string;
  /** Holds the model's files. */
  folder: string;
  /** The folder of the program's own, below it. */
  root: string;
  /** Set for a multi-model endpoint. */
  models: Pick<ServedModelsOptions, 'prefix' | 'cached' | 'measure'> | undefined;
}

/** A container as its instance sees it. */
export interface KeptContainer extends Container {
  /** Lays out its root, as `start` does: for one that is kept and rests at first. */
  prepare(): Promise<void>;
  /** Resolves when it answers /ping. Throws DataError with the last line it printed when it ends or stays silent instead. */
  start(): Promise<void>;
  /** From now on it is started again when it ends, after growing pauses. */
  keep(): void;
  end(graceMs: number): Promise<void>;
  /** Ends it until it is roused. */
  rest(graceMs: number): Promise<void>;
  rouse(): void;
  /** Ends it for a reason, which its log says; it is started again. */
  renew(why: string): Promise<void>;
  /** While it is ending: the shorter grace counts. */
  hurry(graceMs: number): void;
}

export function containerOf(context: ServingContext, plan: ContainerPlan): KeptContainer {
  const { name, folder, root, logs } = plan;
  const program = new KeptProgram(context, plan, root);
  const models =
    plan.models && servedModels({ ...context, ...plan.models, folder, root, program, signal: program.halted });
  const prepare = async (): Promise<void> => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    if (models !== undefined) await mkdir(join(root, 'models'), { recursive: true, mode: 0o755 });
    for (const part of ['model', 'code']) await linkFiles(join(folder, part), join(root, part));
  };
  return {
    name,
    agent: program.agent,
    models,
    get address() {
      return program.address;
    },
    get explains() {
      return program.explains;
    },
    get frames() {
      return program.frames;
    },
    get served() {
      return program.served;
    },
    set served(value) {
      program.served = value;
    },
    usage: () => program.usage(),
    prepare,
    async start() {
      await prepare();
      await program.start();
    },
    rest: (graceMs) => program.rest(graceMs),
    rouse: () => program.rouse(),
    renew: (why) => program.renew(why),
    keep() {
      program
        .keep()
        .catch((cause: unknown) =>
          context.warn(`Instance ${plan.id} is no longer watched: ${messageOf(cause)}`, { error: cause }),
        );
    },
    async end(graceMs) {
      await program.halt(graceMs);
      await logs.flush();
      await removeRoot(root, (cause) => context.log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
    },
    hurry: (graceMs) => program.hurry(graceMs),
  };
}
