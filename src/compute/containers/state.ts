import type { Answer } from './client.ts';

export type EngineKind = 'docker' | 'podman';

/** An engine that answers. */
export interface Engine {
  kind: EngineKind;
  /** As people write it. */
  title: string;
  command: string;
  version: string;
  /** Its containers have the rights of an ordinary user, and their files belong to that user. */
  rootless: boolean;
  /** Files need a label before a container may see them (SELinux). */
  labelsFiles: boolean;
  /** Which parts of the machine it can limit. */
  limits: { processors: boolean; memory: boolean; processes: boolean };
}

export type EngineState = Engine | NoEngine;

/** There is none to use. */
export interface NoEngine {
  /** Why, in one sentence. */
  why: string;
  /** It is installed, and may answer later. */
  mayPass: boolean;
}

/** What Docker and Podman answer to `info`, as far as it is read. */
interface Info {
  /** Docker's. */
  ServerVersion?: string;
  ServerErrors?: readonly string[];
  SecurityOptions?: readonly string[] | null;
  MemoryLimit?: boolean;
  CpuCfsQuota?: boolean;
  PidsLimit?: boolean;
  /** Podman's. */
  host?: {
    cgroupControllers?: readonly string[] | null;
    security?: { rootless?: boolean; selinuxEnabled?: boolean };
  };
  version?: { Version?: string };
}

const titles: Readonly<Record<EngineKind, string>> = { docker: 'Docker', podman: 'Podman' };

/** Reads an answer to `info`. */
export function readState(kind: EngineKind, command: string, answer: Answer): EngineState {
  const title = titles[kind];
  if (answer.absent) return { why: `${title} is not installed, or not on the PATH of Linnet`, mayPass: false };
  if (answer.late) return silent(`${title} is installed, but does not answer within 2 s; see what "${kind} info" says`);
  const info = parse(answer.out);
  const faults = info?.ServerErrors ?? [];
  if (answer.code !== 0 || info === undefined || faults.length > 0) {
    const advice =
      kind === 'docker'
        ? 'start its daemon (systemctl start docker), and let the user of Linnet use it (group docker)'
        : 'see what "podman info" says to the user of Linnet';
    return silent(`${title} is installed, but does not answer (${faults[0] ?? answer.fault}); ${advice}`);
  }
  // Podman may stand in for Docker under its name.
  return info.host === undefined ? dockerOf(command, info) : podmanOf(command, info);
}

const silent = (why: string): NoEngine => ({ why, mayPass: true });

function dockerOf(command: string, info: Info): Engine {
  const options = info.SecurityOptions ?? [];
  return {
    kind: 'docker',
    title: titles.docker,
    command,
    version: info.ServerVersion ?? '',
    rootless: options.some((option) => option.includes('rootless')),
    labelsFiles: options.some((option) => option.includes('selinux')),
    limits: {
      processors: info.CpuCfsQuota === true,
      memory: info.MemoryLimit === true,
      processes: info.PidsLimit === true,
    },
  };
}

function podmanOf(command: string, info: Info): Engine {
  const controllers = info.host?.cgroupControllers ?? [];
  return {
    kind: 'podman',
    title: titles.podman,
    command,
    version: info.version?.Version ?? '',
    rootless: info.host?.security?.rootless === true,
    labelsFiles: info.host?.security?.selinuxEnabled === true,
    limits: {
      processors: controllers.includes('cpu'),
      memory: controllers.includes('memory'),
      processes: controllers.includes('pids'),
    },
  };
}

function parse(text: string): Info | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
