/** Why something is not there. */
export interface Missing {
  missing: string;
}
