import { isIP } from 'node:net';

/** What the Host of a request leads to. */
export interface Place {
  /** The bucket that stands in front of one of our names. */
  bucket: string | undefined;
}

export interface OwnNames {
  /** Where a Host header leads; undefined for a name that is not this server's. */
  read(host: string): Place | undefined;
}

const amazonS3 = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;
const amazonService = /^(?:sts|iam|logs|[a-z-]+\.sagemaker)(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;

/**
 * The names a server answers to: those given, what stands below them (a bucket), IP addresses and Amazon's own. A page
 * on the web can have its name lead to any address, but it cannot choose one of these.
 */
export function ownNames(names: readonly string[]): OwnNames {
  // The longest first: of `example.com` and `ml.example.com`, the second is not a bucket "ml" of the first.
  const bases = names.map((name) => name.toLowerCase()).sort((a, b) => b.length - a.length);
  const placeOf = (host: string): Place | undefined => {
    const name = withoutPort(host);
    if (name === '' || isAddress(name)) return noBucket;
    for (const base of bases) {
      if (name === base) return noBucket;
      if (name.endsWith(`.${base}`)) return { bucket: name.slice(0, -base.length - 1) };
    }
    const amazon = amazonS3.exec(name);
    if (amazon !== null) return { bucket: amazon[1] };
    return amazonService.test(name) ? noBucket : undefined;
  };
  // A client asks by one name.
  let lastHost = '';
  let lastPlace = placeOf(lastHost);
  return {
    read(host) {
      if (host !== lastHost) {
        lastPlace = placeOf(host);
        lastHost = host;
      }
      return lastPlace;
    },
  };
}

const noBucket: Place = { bucket: undefined };

/** In lower case; a name may end in the dot of the root. */
const withoutPort = (host: string): string => host.toLowerCase().replace(/\.?(?::\d*)?$/, '');

const isAddress = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
