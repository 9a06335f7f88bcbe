import { containerRootDefault } from '../contract/index.ts';
import { sacrificeScore } from './process-table.ts';

/** Where what is hidden can still be reached while the namespace is being made. */
const stage = '/opt/.linnet';

/** What a program finds in its mount namespace besides its root at /opt/ml. */
export interface View {
  /** Folders in whose place it finds empty ones. */
  hiddenFolders: readonly string[];
  /** Files in whose place it finds empty ones. */
  hiddenFiles: readonly string[];
  /** Folders that it finds all the same: `path` is how it names them, `real` where they are. */
  shown: readonly { path: string; real: string; writable: boolean }[];
}

/** The arguments of the script in front of the program's command. */
export function scriptArguments(root: string, { hiddenFolders, hiddenFiles, shown }: View): string[] {
  const staged = (real: string): string => {
    const at = hiddenFolders.findIndex((folder) => real === folder || real.startsWith(`${folder}/`));
    return at === -1 ? real : `${stage}/${at + 1}${real.slice(hiddenFolders[at]!.length)}`;
  };
  return [
    root,
    ...hiddenFolders.flatMap((folder) => ['hide', folder]),
    ...shown.flatMap(({ path, real, writable }) => [writable ? 'show' : 'show-read-only', staged(real), path]),
    ...hiddenFiles.flatMap((file) => ['hide-file', file]),
    '--',
  ];
}

/**
 * Gives a program its root at /opt/ml, in a mount namespace of its own: a file system in memory over /opt, in which all
 * that was there is bound again and the root beside it; then it hides and shows the rest of the view. Nothing of it is seen outside.
 * The first process of a namespace of processes gets no signal that it has no handler for, so that it stays this shell; what it says
 * of a signal that ended the program is left out.
 */
export const namespaceScript = `set -e
root=$1; shift
old=$root/tmp/.opt
mkdir -p "$old"
mount --rbind /opt "$old"
mount -t tmpfs -o mode=755,size=1m tmpfs /opt
for entry in "$old"/* "$old"/.[!.]*; do
  name=\${entry##*/}
  if [ "$name" = ml ]; then :
  elif [ -L "$entry" ]; then cp -P "$entry" "/opt/$name"
  elif [ -d "$entry" ]; then mkdir "/opt/$name"; mount --rbind "$entry" "/opt/$name"
  elif [ -e "$entry" ]; then : > "/opt/$name"; mount --bind "$entry" "/opt/$name"; fi
done
mkdir ${containerRootDefault}
mount --bind "$root" ${containerRootDefault}
umount -l "$old"
rmdir "$old"
if [ -n "$LINNET_HOST_NAME" ]; then
  [ ! -e /etc/hosts ] || mount --bind "$LINNET_HOSTS_FILE" /etc/hosts
  hostname "$LINNET_HOST_NAME" 2>/dev/null || :
  unset LINNET_HOST_NAME LINNET_HOSTS_FILE
fi
n=0
while [ "$1" != -- ]; do
  case $1 in
  hide)
    n=$((n + 1))
    mkdir -p ${stage}/$n
    mount --rbind "$2" ${stage}/$n
    mount -t tmpfs -o mode=755,size=1m tmpfs "$2"
    shift 2 ;;
  show|show-read-only)
    mkdir -p "$3"
    mount --bind "$2" "$3"
    [ $1 = show ] || mount -o remount,bind,ro "$3"
    shift 3 ;;
  hide-file)
    [ ! -e "$2" ] || mount --bind /dev/null "$2"
    shift 2 ;;
  esac
done
shift
while [ $n -gt 0 ]; do
  umount -l ${stage}/$n
  n=$((n - 1))
done
rm -rf ${stage}
cd ${containerRootDefault}
if [ "$LINNET_NO_NETWORK" = 1 ]; then
  unset LINNET_NO_NETWORK
  ip link set lo up 2>/dev/null || :
fi
echo ${sacrificeScore} > /proc/self/oom_score_adj 2>/dev/null || :
[ $$ = 1 ] || exec "$@"
{ (exec "$@" 2>&4 4>&-) && code=0 || code=$?; } 4>&2 2>/dev/null
exit $code`;
