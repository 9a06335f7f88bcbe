/** The members of a card's content that are no secrets: at Amazon they are kept without its key. */
const open: Readonly<Record<string, readonly string[]>> = {
  model_overview: ['model_id', 'model_name', 'model_version'],
  model_package_details: ['model_package_arn', 'model_package_group_name', 'model_package_version'],
  intended_uses: ['risk_rating'],
};

/** The content of a model card as text, without all but its open members. */
export function openContent(content: string): string {
  const card = parsedContent(content) ?? {};
  const parts = Object.entries(open).flatMap(([part, names]) => {
    const source = card[part];
    if (typeof source !== 'object' || source === null) return [];
    const kept = Object.entries(source).filter(([name]) => names.includes(name));
    return kept.length === 0 ? [] : [[part, Object.fromEntries(kept)]];
  });
  return JSON.stringify(Object.fromEntries(parts));
}

/** The content as an object; undefined where it is no JSON object. */
export function parsedContent(content: string): Record<string, unknown> | undefined {
  try {
    const card: unknown = JSON.parse(content);
    const isObject = typeof card === 'object' && card !== null && !Array.isArray(card);
    return isObject ? (card as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
