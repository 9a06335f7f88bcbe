import type { ReactElement } from 'react';

/** Text as it was written, whose long lines wrap. */
export const TextBlock = ({ children }: { children: string }): ReactElement => (
  <pre className="log text-block">{children}</pre>
);
