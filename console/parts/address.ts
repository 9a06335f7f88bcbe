import { useSearchParams } from 'wouter';

/** A view's settings in the address, so that every view is a link. Defaults are left out of it. */
export function useAddress<Name extends string>(
  defaults: Readonly<Record<Name, string>>,
): [Readonly<Record<Name, string>>, (changes: Partial<Record<Name, string>>) => void] {
  const [params, setParams] = useSearchParams();
  const values = Object.fromEntries(
    Object.entries<string>(defaults).map(([name, standard]) => [name, params.get(name) ?? standard]),
  ) as Record<Name, string>;
  const change = (changes: Partial<Record<Name, string>>): void =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries<string | undefined>(changes))
          if (value === undefined || value === defaults[name as Name]) after.delete(name);
          else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  return [values, change];
}
