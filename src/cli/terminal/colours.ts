import pico from 'picocolors';

/** Colours for what is written to a terminal, and none for a pipe or a file. picocolors alone colours a CI system's pipes too. */
export const coloursFor = ({ isTTY }: { isTTY?: boolean }): ReturnType<typeof pico.createColors> =>
  pico.createColors(pico.isColorSupported && isTTY === true);
