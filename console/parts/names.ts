const lengthMax = 63;

/** What is wrong with the name of a resource while it is typed; the service checks it again. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'A name is needed';
  if (name.length > lengthMax) return `${name.length} characters; at most ${lengthMax}`;
  const wrong = /[^A-Za-z0-9-]/.exec(name)?.[0];
  if (wrong !== undefined) return `“${wrong}” cannot be in a name: letters, digits and hyphens can`;
  return /^-|-$/.test(name) ? 'A name begins and ends with a letter or digit' : undefined;
}
