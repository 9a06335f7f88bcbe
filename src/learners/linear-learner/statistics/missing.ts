/** The reason why a statistic is missing. */
export interface Missing {
  missing: string;
}
