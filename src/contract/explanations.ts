/** The file of a model that holds what its predictions are explained with, hidden as the preparation is. */
export const explanationsFileName = '.linnet-explanations.json';

/** The header that asks a serving program to explain: `true` in Linnet's own form, `clarify` in that of Amazon's explainer, `clarify-none` in the same with predictions alone. */
export const explainHeader = 'x-linnet-explain';

/** In the answer to /ping: the program knows that header. */
export const explainsHeader = 'x-linnet-explains';

/** What an endpoint's ExplainerConfig says, for its programs: JSON of `ExplainerSettings`. */
export const explainerVariable = 'LINNET_EXPLAINER';

export interface ExplainerSettings {
  /** Rows that contributions are counted from, in this content type; left out, the training rows. */
  baseline?: { contentType: string; text: string };
  featureHeaders?: readonly string[];
  featureTypes?: readonly string[];
}
