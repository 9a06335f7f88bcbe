import { examineEngine } from '../../compute/index.ts';
import type { ServerConfig } from '../config.ts';
import type { Finding } from './finding.ts';

const what = 'containers';

/** Which container engines answer here, and whether Linnet may use one. */
export async function examineContainers(setting: ServerConfig['containers']): Promise<Finding> {
  const kinds = setting === 'docker' || setting === 'podman' ? [setting] : (['docker', 'podman'] as const);
  const states = await Promise.all(kinds.map((kind) => examineEngine(kind)));
  const there = states.flatMap((state) => ('why' in state ? [] : [state]));
  const broken = states.flatMap((state) => ('why' in state && state.mayPass ? [state.why] : []));
  if (setting === 'off') return { what, state: 'ok', text: whileOff(there, broken) };
  const [used] = there;
  if (used !== undefined)
    return { what, state: 'ok', text: `${used.title} ${used.version} runs images that requests name` };
  if (broken.length > 0) return { what, state: 'note', text: broken.join('. ') };
  return {
    what,
    state: 'note',
    text: `no engine was found, and --containers is ${setting}`,
    advice: 'Install Docker or Podman, or leave --containers out',
  };
}

function whileOff(there: readonly { title: string; version: string }[], broken: readonly string[]): string {
  if (there.length > 0) {
    const names = there.map(({ title, version }) => `${title} ${version}`).join(' and ');
    return `${names}, not used; linnet up --containers auto runs their images`;
  }
  return broken.length > 0 ? broken.join('. ') : 'no engine, and none is used';
}
