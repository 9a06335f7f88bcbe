// What is said of an engine that is not there, does not answer or lacks an image: with commands that stand in for it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type EngineSetting, openEngine } from './engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'linnet-engine-test-'));
after(() => rmSync(folder, { recursive: true }));

function command(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

const absent = join(folder, 'absent');
const silent = command(
  'silent',
  `echo '{"ServerVersion": "", "ServerErrors": ["Cannot connect to the Docker daemon"]}'; exit 0`,
);
const failing = command('failing', `echo 'some words' >&2; echo 'Cannot connect to the Docker daemon' >&2; exit 1`);
const hanging = command('hanging', 'exec sleep 60');
const dockerInfo = {
  ServerVersion: '28.2.2',
  SecurityOptions: ['name=seccomp', 'name=selinux', 'name=rootless'],
  MemoryLimit: true,
  CpuCfsQuota: false,
  PidsLimit: true,
};
const docker = command(
  'docker',
  `case $1 in
     info) echo '${JSON.stringify(dockerInfo)}' ;;
     images) printf 'own\\t2\\t5MB\\n<none>\\t<none>\\t1MB\\n' ;;
     image) if [ "$6" = own:2 ]; then echo sha256:1; else echo "Error response from daemon: No such image: $6" >&2; exit 1; fi ;;
   esac`,
);
const podmanInfo = {
  version: { Version: '5.0.1' },
  host: { cgroupControllers: ['memory'], security: { rootless: true, selinuxEnabled: false } },
};
const podman = command('podman', `echo '${JSON.stringify(podmanInfo)}'`);

const engineOf = (setting: EngineSetting, commands: { docker?: string; podman?: string }) =>
  openEngine(setting, { docker: absent, podman: absent, ...commands });
const whyOf = async (setting: EngineSetting, commands: { docker?: string; podman?: string } = {}) => {
  const state = await engineOf(setting, commands).find();
  assert.ok('why' in state);
  return state;
};

test('off says how to allow one, and asks none', async () => {
  const { why, mayPass } = await whyOf('off', { docker });
  assert.equal(why, 'Images of Docker or Podman run when Linnet is started with --containers docker, podman or auto');
  assert.equal(mayPass, false);
});

test('one that is not installed, one without its daemon and one that hangs are told apart', async () => {
  assert.deepEqual(await whyOf('podman'), {
    why: 'Podman is not installed, or not on the PATH of Linnet',
    mayPass: false,
  });
  for (const broken of [silent, failing]) {
    const { why, mayPass } = await whyOf('docker', { docker: broken });
    assert.match(
      why,
      /^Docker is installed, but does not answer \(Cannot connect to the Docker daemon\); start its daemon/,
    );
    assert.equal(mayPass, true);
  }
  assert.match(
    (await whyOf('docker', { docker: hanging })).why,
    /^Docker is installed, but does not answer within 2 s/,
  );
});

test('auto takes the first that answers, and speaks of both when none does', async () => {
  const first = await engineOf('auto', { docker, podman }).find();
  assert.ok('kind' in first && first.kind === 'docker');
  const second = await engineOf('auto', { docker: failing, podman }).find();
  assert.ok('kind' in second && second.kind === 'podman');
  const { why, mayPass } = await whyOf('auto', { docker: failing });
  assert.match(why, /^Docker is installed, but .*\. Podman is not installed/);
  assert.equal(mayPass, true);
});

test('what an engine can do is read from its answer, under whichever name', async () => {
  assert.deepEqual(await engineOf('docker', { docker }).find(), {
    kind: 'docker',
    title: 'Docker',
    command: docker,
    version: '28.2.2',
    rootless: true,
    labelsFiles: true,
    limits: { processors: false, memory: true, processes: true },
  });
  assert.deepEqual(await engineOf('docker', { docker: podman }).find(), {
    kind: 'podman',
    title: 'Podman',
    command: podman,
    version: '5.0.1',
    rootless: true,
    labelsFiles: false,
    limits: { processors: false, memory: true, processes: false },
  });
});

test('the first name by which there is an image counts; without one the answer says what to type', async () => {
  const engine = engineOf('docker', { docker });
  assert.deepEqual(await engine.findImage(['r.io/own:2', 'own:2']), { image: 'own:2' });
  assert.deepEqual(await engine.findImage(['r.io/own:3', 'own:3']), {
    why: 'Docker has no image "r.io/own:3"; to fetch it, type: docker pull r.io/own:3',
    mayPass: false,
  });
  assert.deepEqual(await engine.findImage(['--help']), {
    why: '"--help" cannot be the name of an image of Docker',
    mayPass: false,
  });
});

test('images that have a name are listed', async () => {
  assert.deepEqual(await engineOf('docker', { docker }).images(), [{ name: 'own', tag: '2', size: '5MB' }]);
  assert.ok('why' in (await engineOf('docker', { docker: failing }).images()));
});

test('a daemon that ended meanwhile is said, and found again when it is back', async () => {
  const path = command('changing', readFileSync(docker, 'utf8'));
  const engine = engineOf('docker', { docker: path });
  await engine.find();
  command('changing', readFileSync(failing, 'utf8'));
  const gone = await engine.findImage(['own:2']);
  assert.ok('why' in gone && gone.mayPass && /does not answer \(Cannot connect/.test(gone.why));
  command('changing', readFileSync(docker, 'utf8'));
  let back = await engine.findImage(['own:2']);
  while ('why' in back) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    back = await engine.findImage(['own:2']);
  }
  assert.deepEqual(back, { image: 'own:2' });
});
