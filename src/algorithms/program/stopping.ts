import { stopWithParentVariable } from '../../contract/index.ts';

/** Why a program is asked to end. */
export type StopReason = 'signal' | 'parent';

/**
 * Calls `stop` once, on SIGTERM or SIGINT, or when the parent that started us with LINNET_STOP_WITH_PARENT=1 is gone
 * (our standard input ends). The returned function ends the watch, after which nothing keeps the program alive.
 */
export function onStop(stop: (reason: StopReason) => void): () => void {
  let stopped = false;
  const once = (reason: StopReason) => (): void => {
    if (stopped) return;
    stopped = true;
    stop(reason);
  };
  process.on('SIGTERM', once('signal'));
  // A second interrupt from the keyboard ends the program at once.
  process.once('SIGINT', once('signal'));
  const release = (): void => {
    // Releasing standard input closes it, which must not look like the parent's end.
    stopped = true;
    process.stdin.destroy();
  };
  if (process.env[stopWithParentVariable] !== '1') return release;
  process.stdin.on('end', once('parent'));
  process.stdin.on('error', once('parent'));
  process.stdin.on('close', once('parent'));
  process.stdin.resume();
  // A file or terminal has no such method; a pipe, which is what a parent gives, has.
  (process.stdin as { unref?: () => void }).unref?.();
  return release;
}
