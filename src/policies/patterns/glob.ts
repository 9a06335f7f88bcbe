/**
 * Patterns as texts in which a lone surrogate stands for each wildcard, so that a star that came out of a variable stays a
 * star of the text. Policies with lone surrogates of their own are refused, and no key or name has any.
 */
export const anyText = 0xd800;
/** One character. */
export const anyCharacter = 0xd801;
/** Any text up to the next colon. */
const anyInSegment = 0xd802;
/** One character other than a colon. */
const oneInSegment = 0xd803;

const colon = 0x3a;

/** A text with `*` and `?` as a pattern. */
export const globOf = (text: string): string => text.replaceAll('*', '\ud800').replaceAll('?', '\ud801');

/**
 * The pattern of an ARN. Within the first five fields a wildcard stays in its field, but for a star that ends the field:
 * it may stand for the following fields, too. An ARN with fewer than six fields is filled up with stars.
 */
export function arnGlobOf(glob: string): string {
  const [fields, rest] = arnFields(glob);
  if (fields.length < 6 && !glob.endsWith('\ud800')) return `${glob}${':\ud800'.repeat(6 - fields.length)}`;
  const head = fields.slice(0, rest === undefined ? fields.length : 5).map((field) => {
    const last = field.endsWith('\ud800') ? '\ud800' : '';
    return `${field
      .slice(0, field.length - last.length)
      .replaceAll('\ud800', '\ud802')
      .replaceAll('\ud801', '\ud803')}${last}`;
  });
  return [...head, ...(rest === undefined ? [] : [rest])].join(':');
}

/** The six fields of an ARN, the last with all further colons; fewer where it has fewer. */
export function arnFields(text: string): [fields: string[], resource: string | undefined] {
  const fields = text.split(':');
  if (fields.length > 6) fields.splice(5, fields.length, fields.slice(5).join(':'));
  return [fields, fields[5]];
}

/** Whether a pattern is the whole of a text. Takes time in proportion to the product of both lengths at most. */
export const globMatches = (glob: string, text: string): boolean => matcherOf(glob)(text);

/** The same of a pattern that many texts are held against. */
export function matcherOf(glob: string): (text: string) => boolean {
  if (!wild.test(glob)) return (text) => text === glob;
  const head = glob.slice(0, -1);
  if (glob.endsWith('\ud800') && !wild.test(head)) return (text) => text.startsWith(head);
  return limited.test(glob) ? (text) => matchesInFields(glob, text) : (text) => matchesFreely(glob, text);
}

const wild = /[\ud800-\ud803]/;
const limited = /[\ud802\ud803]/;

function matchesFreely(glob: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let retry = 0;
  while (position < text.length) {
    const wanted = glob.charCodeAt(at);
    if (wanted === anyText) {
      star = at;
      at += 1;
      retry = position;
    } else if (wanted === anyCharacter || wanted === text.charCodeAt(position)) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      position = retry;
    } else return false;
  }
  while (glob.charCodeAt(at) === anyText) at += 1;
  return at === glob.length;
}

/** With stars that stop at a colon, the last star is not always the one to move: all places in the pattern are followed at once. */
function matchesInFields(glob: string, text: string): boolean {
  let places = new Uint8Array(glob.length + 1);
  places[0] = 1;
  passStars(glob, places);
  for (let position = 0; position < text.length; position++) {
    const letter = text.charCodeAt(position);
    const next = new Uint8Array(glob.length + 1);
    for (let at = 0; at < glob.length; at++) {
      if (places[at] === 0) continue;
      const wanted = glob.charCodeAt(at);
      if (wanted === anyText || (wanted === anyInSegment && letter !== colon)) next[at] = 1;
      else if (wanted === letter || wanted === anyCharacter || (wanted === oneInSegment && letter !== colon))
        next[at + 1] = 1;
    }
    passStars(glob, next);
    places = next;
  }
  return places[glob.length] === 1;
}

/** A star may stand for nothing. */
function passStars(glob: string, places: Uint8Array): void {
  for (let at = 0; at < glob.length; at++) {
    const wanted = glob.charCodeAt(at);
    if (places[at] === 1 && (wanted === anyText || wanted === anyInSegment)) places[at + 1] = 1;
  }
}
