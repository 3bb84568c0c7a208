import { openCsv } from '../transfer/csv-file.ts'
import { readFirebaseParameters } from '../transfer/firebase.ts'
import { byColumn, type Field, fitMapping, importFields, type Mapping } from '../transfer/mapping.ts'
import { openNdjson } from '../transfer/ndjson-file.ts'
import { firebaseMapping, type Preset, type PresetName, presets } from '../transfer/presets.ts'
import type { Source } from '../transfer/source.ts'
import { type Table, tableSource } from '../transfer/table.ts'
import { UsageError } from './arguments.ts'

/** The file formats of accounts. */
export const formats = ['csv', 'ndjson'] as const
export type Format = (typeof formats)[number]

/** Matches a database URL in Sallyport's form or SQLAlchemy's: `sqlite:test.db`, `sqlite:///./test.db`. */
const databaseUrl = /^(sqlite:(?!\/\/).|sqlite(\+\w+)?:\/\/\/.|postgres(ql)?:\/\/)/

/** The options that name the source of the accounts. */
export interface SourceOptions {
  from?: string
  table?: string
  map?: Mapping
  preset?: PresetName
  /** The file with the hash parameters of a Firebase project. */
  firebaseParameters?: string
  format?: Format
}

/** The requested format, or that of the file extension. Throws a UsageError when both are unknown. */
export function formatOf(file: string, format?: Format): Format {
  if (format) return format
  if (/\.csv$/i.test(file)) return 'csv'
  if (/\.(ndjson|jsonl)$/i.test(file)) return 'ndjson'
  throw new UsageError(`The format of ${file} is unknown. Add --format csv or --format ndjson.`)
}

/** Opens the file or table. Throws a UsageError when the options name none or both, and any error of opening it. */
export async function openSource(
  file: string | undefined,
  { from, table, map, preset, format }: SourceOptions,
  openTable: (url: string, table: string, elsewhere?: Preset['elsewhere']) => Promise<Table>
): Promise<Source> {
  if ((file === undefined) === (from === undefined))
    throw new UsageError('Specify either a file, or a database with --from.')
  if (file !== undefined) return formatOf(file, format) === 'csv' ? openCsv(file) : openNdjson(file)
  const url = String(from)
  if (!databaseUrl.test(url) || !URL.canParse(url))
    throw new UsageError('--from must be sqlite:PATH or postgres://USER@HOST/DATABASE.')
  const application: Preset | undefined = preset && presets[preset]
  const name = table ?? application?.table
  if (name === undefined) throw new UsageError('Specify the table with --table, or an application with --preset.')
  if (!map && !preset) throw new UsageError('Specify the columns with --map or --preset.')
  return tableSource(await openTable(url, name, application?.elsewhere))
}

/**
 * The mapping for `source`: the preset's with the corrections of `--map`, or by default Sallyport's own field names.
 * Throws a UsageError unless `--preset firebase` has its parameters, and what `readFirebaseParameters` and `fitMapping`
 * throw.
 */
export function mappingFor(source: Source, { map, preset, firebaseParameters }: SourceOptions): Mapping {
  if ((preset === 'firebase') !== (firebaseParameters !== undefined))
    throw new UsageError('--preset firebase and --firebase-parameters FILE need each other.')
  const own = byColumn(Object.fromEntries(importFields.map(field => [field, field])))
  const ofPreset = firebaseParameters
    ? firebaseMapping(readFirebaseParameters(firebaseParameters))
    : preset && presets[preset].mapping
  return fitMapping(source, { optional: ofPreset ?? (map ? {} : own), required: map ?? {} })
}

/** Parses the mapping in `--map`, written as `field=column,field=column`. Throws a UsageError. */
export function parseMap(text: string): Mapping {
  const known: readonly string[] = importFields
  const pairs = text.split(',').map(pair => {
    const [, field = '', column] = /^([^=]*)=(.+)$/s.exec(pair) ?? []
    if (column === undefined) throw new UsageError(`--map has ${JSON.stringify(pair)}: expected FIELD=COLUMN.`)
    if (!known.includes(field)) throw new UsageError(`--map has ${field}: expected one of ${known.join(', ')}.`)
    return [field, column] as [Field, string]
  })
  return byColumn(Object.fromEntries(pairs))
}
