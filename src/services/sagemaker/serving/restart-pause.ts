/** Pause before a program that ended is started again, and the longest it grows to. */
const pauseMs = 200;
const pauseMaxMs = 30_000;
/** A program that was up for so long counts as one that served, with or without requests. */
const goodServiceMs = 1_000;

/** The facts of a program's run. */
export interface ServingLife {
  /** Whether it answered an invocation. */
  served: boolean;
  /** How long it was up; 0 when it never was. */
  upMs: number;
}

/** Pauses before restarts: they double while the program ends without having served, and start anew once it has. */
export function restartPauses(): (life: ServingLife) => number {
  let nextMs = pauseMs;
  return ({ served, upMs }) => {
    if (served || upMs >= goodServiceMs) nextMs = pauseMs;
    const currentMs = nextMs;
    nextMs = Math.min(nextMs * 2, pauseMaxMs);
    return currentMs;
  };
}
