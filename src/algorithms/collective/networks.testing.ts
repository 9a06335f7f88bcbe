/** For tests: several machines, as network namespaces that a bridge joins. */
import { spawnSync } from 'node:child_process';

const unshare = ['unshare', '--user', '--map-root-user', '--net', '--mount', 'sh', '-c'];

/** Makes the networks h1 to hN, 10.77.0.K each, and runs in each the command that `$@` gives with its number at the end. */
const script = `set -e
count=$1; shift
mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
ip link add br0 type bridge && ip link set br0 up
for k in $(seq $count); do
  ip netns add h$k
  ip link add v$k type veth peer name eth0 netns h$k
  ip link set v$k master br0 up
  ip -n h$k addr add 10.77.0.$k/24 dev eth0
  ip -n h$k link set eth0 up
  ip -n h$k link set lo up
done
for k in $(seq $count); do ip netns exec h$k "$@" $k & done
wait`;

/** Resolves once the command has ended in every network. */
export const runInNetworks = (count: number, command: readonly string[], env: Record<string, string>) =>
  spawnSync(unshare[0]!, [...unshare.slice(1), script, 'sh', String(count), ...command], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  });

export const networksAllowed = (): boolean =>
  process.platform === 'linux' && runInNetworks(1, ['true'], {}).status === 0;
