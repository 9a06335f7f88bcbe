/** How much a backup has. */
export const sized = ({ entries, sizeBytes }: { entries: number; sizeBytes: number }): string =>
  `${entries} files, ${bytesText(sizeBytes)}`;

function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Images by name and version. */
export const listed = (images: readonly { name: string; version: string }[]): string =>
  images.map(({ name, version }) => `${name} ${version}`).join(', ');
