/** One thing that was looked at. */
export interface Finding {
  what: string;
  /** `note`: it works, but something is missing or unwise. `wrong`: Linnet, or a start on these settings, fails. */
  state: 'ok' | 'note' | 'wrong';
  text: string;
  /** What to do. */
  advice?: string;
}
