import { type StoreError, toStoreError } from './errors.ts'

/** How to change a setting, by the driver's code, or by its message where it has none. */
const advice: [RegExp, (setting: string) => string][] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, setting => `Check the host in ${setting}`],
  [/CERT|SELF_SIGNED|UNABLE_TO|SSL/, setting => `Check sslmode and sslrootcert in ${setting}`],
  [/^(28|URI)/, setting => `Check the user and the password in ${setting}, where @ : / ? # and % are percent-encoded`],
  [/^3D/, setting => `Create it, or change the name in ${setting}`],
  [/^42501$/, setting => `Make the user in ${setting} the owner of the database`],
  [
    /^(ECONN|ETIMEDOUT|EHOST|ENET|57P03|timeout|Connection|no socket)/,
    setting => `Check the host and the port in ${setting}, and that PostgreSQL is running`
  ],
  [/^SQLITE_CORRUPT/, () => 'The file is damaged: restore a backup with `sallyport restore`'],
  [/^foreign tables$/, setting => `Name another database in ${setting}: this one has tables of another program`],
  [/^SQLITE_NOTADB$/, setting => `${setting} has to name a SQLite database, or a new file`],
  [
    /^(SQLITE_(CANTOPEN|READONLY)|E(ACCES|PERM|ISDIR|NOTDIR|NOENT|EXIST|ROFS|LOOP))/,
    setting =>
      `Check the path in ${setting}: it has to be that of a file, which this user may read and write, as its folder`
  ]
]

/** DATABASE_URL in advice about the database at `url`, with the path of SQLite, which its messages do not have. */
export const databaseSetting = (url: string) => (url.startsWith('sqlite:') ? `DATABASE_URL (${url})` : 'DATABASE_URL')

/** The StoreError for any error in opening the database that `setting` names, with what to change in the setting. */
export function withAdvice(thrown: unknown, setting = 'DATABASE_URL'): StoreError {
  const error = toStoreError(thrown)
  const isSocket = /^Cannot connect to PostgreSQL at \//.test(error.message)
  const isForeign = / already exists \((SQLITE_ERROR|42P07)\)$/.test(error.message)
  const symptom = isSocket
    ? 'no socket'
    : isForeign
      ? 'foreign tables'
      : error.driverCode || error.message.replace('Database error: ', '')
  const [, describe] = advice.find(([pattern]) => pattern.test(symptom)) ?? []
  if (describe) error.message += `. ${describe(setting)}`
  return error
}
