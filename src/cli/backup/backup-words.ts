/** How much a backup has. */
export const sized = ({ entries, sizeBytes }: { entries: number; sizeBytes: number }): string =>
  `${entries} files, ${bytesText(sizeBytes)}`;

function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Which key a backup needs; nothing for a plain one. */
export const keyLines = ({ keyId }: { keyId?: string }): string[] =>
  keyId === undefined ? [] : [`It is encrypted with the key ${keyId}, which is not in it`];

/** Images by name and version. */
export const listed = (images: readonly { name: string; version: string }[]): string =>
  images.map(({ name, version }) => `${name} ${version}`).join(', ');
