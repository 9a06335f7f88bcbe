import { type Answer, ask } from './client.ts';
import { type EngineKind, type EngineState, type NoEngine, readState } from './state.ts';

/** Which container engine may be used; `auto` is the first of both that answers. */
export type EngineSetting = EngineKind | 'auto' | 'off';

/** The container engine of this machine, which may be started and stopped while we run. */
export interface ContainerEngine {
  readonly setting: EngineSetting;
  /** What it is, or in one sentence why there is none to use. Never rejects. */
  find(): Promise<EngineState>;
  /** The first of these names by which it has an image, or in one sentence what to do. Never rejects. */
  findImage(names: readonly string[]): Promise<{ image: string } | NoEngine>;
  /** The images that have a name. Never rejects. */
  images(): Promise<EngineImage[] | NoEngine>;
}

export interface EngineImage {
  /** With its registry, as the engine prints it. */
  name: string;
  tag: string;
  /** For people. */
  size: string;
}

/** Within it an engine answers what it is. */
const infoTimeoutMs = 2_000;
const inspectTimeoutMs = 10_000;
/** How long nobody asks again an engine that did not answer. */
const faultKeptMs = 1_000;

const kinds: readonly EngineKind[] = ['docker', 'podman'];

/** What stands for an image in a command of an engine, so that none is taken for an option. */
const imageName = /^[a-z\d][\w.:/@-]*$/i;

const offText = 'Images of Docker or Podman run when Linnet is started with --containers docker, podman or auto';

/** `commands` are those of the engines, looked for on the PATH. */
export function openEngine(
  setting: EngineSetting,
  commands: Readonly<Record<EngineKind, string>> = { docker: 'docker', podman: 'podman' },
): ContainerEngine {
  let known: Promise<EngineState> | undefined;

  const find = (): Promise<EngineState> => {
    if (setting === 'off') return Promise.resolve({ why: offText, mayPass: false });
    known ??= examine().then((state) => {
      if ('why' in state) setTimeout(forget, faultKeptMs).unref();
      return state;
    });
    return known;
  };
  const forget = (): void => {
    known = undefined;
  };
  const examine = async (): Promise<EngineState> => {
    const wanted = setting === 'auto' ? kinds : kinds.filter((kind) => kind === setting);
    const states = await Promise.all(wanted.map((kind) => examineEngine(kind, commands[kind])));
    const missing = states.filter((state) => 'why' in state);
    return (
      states.find((state) => !('why' in state)) ?? {
        why: missing.map(({ why }) => why).join('. '),
        mayPass: missing.some(({ mayPass }) => mayPass),
      }
    );
  };

  return {
    setting,
    find,
    async findImage(names) {
      const state = await find();
      if ('why' in state) return state;
      const [first = ''] = names;
      for (const image of names.filter((name) => imageName.test(name))) {
        const answer = await inspectImage(state.command, image);
        if (answer.code === 0) return { image };
        if (isAbsence(answer)) continue;
        forget();
        const fresh = await find();
        if ('why' in fresh) return fresh;
        return { why: `${state.title} does not say whether it has "${image}": ${answer.fault}`, mayPass: true };
      }
      const why = imageName.test(first)
        ? `${state.title} has no image "${first}"; to fetch it, type: ${state.kind} pull ${first}`
        : `"${first}" cannot be the name of an image of ${state.title}`;
      return { why, mayPass: false };
    },
    async images() {
      const state = await find();
      if ('why' in state) return state;
      const format = '{{.Repository}}\t{{.Tag}}\t{{.Size}}';
      const { code, out, fault } = await ask(state.command, ['images', '--format', format], inspectTimeoutMs);
      if (code !== 0) return { why: `${state.title} does not list its images: ${fault}`, mayPass: true };
      return out
        .split('\n')
        .map((line) => line.split('\t'))
        .flatMap(([name = '', tag = '', size = '']) => (name === '' || name === '<none>' ? [] : [{ name, tag, size }]));
    },
  };
}

/** What the command of an engine says of itself. On a busy machine a first answer may be late: it is asked once more. */
export async function examineEngine(kind: EngineKind, command: string = kind): Promise<EngineState> {
  const first = await askInfo(command);
  return readState(kind, command, first.late ? await askInfo(command) : first);
}

const askInfo = (command: string): Promise<Answer> => ask(command, ['info', '--format', '{{json .}}'], infoTimeoutMs);

const inspectImage = (command: string, image: string): Promise<Answer> =>
  ask(command, ['image', 'inspect', '--format', '{{.Id}}', '--', image], inspectTimeoutMs);

/** Docker says "No such image", Podman "image not known". */
const isAbsence = ({ code, fault }: Answer): boolean =>
  code !== 0 && /no such image|image not known|failed to find image/i.test(fault);
