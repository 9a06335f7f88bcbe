import { DataError } from '../../base/index.ts';
import { type ServerConfig, settings } from '../config.ts';

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The refusal where records are in a PostgreSQL database, with the commands that copy both halves. */
export function refuseDatabase(
  act: 'backup' | 'restore',
  { dataFolder, databaseUrl }: Pick<ServerConfig, 'dataFolder'> & { databaseUrl: string },
): DataError {
  const database = quoted(databaseUrl.replace(/(:\/\/[^/:@]*):[^@]*@/, '$1@'));
  const folder = quoted(dataFolder);
  const commands =
    act === 'backup'
      ? [
          `pg_dump --format=custom --schema=linnet --file=linnet.pgdump ${database}`,
          `tar --create --file=linnet-data.tar --directory=${folder} --exclude=./programs .`,
        ]
      : [
          `pg_restore --dbname=${database} --exit-on-error --single-transaction linnet.pgdump`,
          `mkdir -p ${folder} && tar --extract --file=linnet-data.tar --directory=${folder}`,
        ];
  return new DataError(
    [`Records are in the PostgreSQL database of --database-url. Stop the service, then type both:`, ...commands].join(
      '\n  ',
    ),
    { source: settings },
  );
}
