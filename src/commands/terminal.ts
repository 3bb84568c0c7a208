/** What a command talks to: the process's own streams, or a test's. */
export interface Terminal {
  print(line: string): void
  /** Reads a line from the terminal without showing it; `undefined` when there is no terminal to ask at. */
  askSecret(prompt: string): Promise<string | undefined>
  /** Everything on standard input. */
  readInput(): Promise<string>
}

/** A command was used in a wrong way: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

type Cell = string | number | boolean | string[] | null

/** Prints records as JSON, or as a table with a column for each member. */
export function printRecords(terminal: Terminal, records: Record<string, Cell>[], options: { json?: boolean }) {
  if (options.json) return terminal.print(JSON.stringify(records, null, 2))
  const [first] = records
  if (!first) return terminal.print('(none)')
  const rows = [Object.keys(first), ...records.map(record => Object.values(record).map(showCell))]
  const widths = Object.keys(first).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  for (const row of rows)
    terminal.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
}

/** Prints one record as JSON, or a line for each member. */
export function printRecord(terminal: Terminal, record: Record<string, Cell>, options: { json?: boolean }) {
  if (options.json) return terminal.print(JSON.stringify(record, null, 2))
  const width = Math.max(...Object.keys(record).map(name => name.length))
  for (const [name, value] of Object.entries(record)) terminal.print(`${name.padEnd(width)}  ${showCell(value)}`)
}

function showCell(value: Cell): string {
  if (Array.isArray(value)) return value.join(' ')
  return value === null ? '-' : String(value)
}

/** A new password: from standard input, or asked for twice. It is never an argument, where a process list shows it. */
export async function readNewPassword(terminal: Terminal, options: { passwordStdin?: boolean }): Promise<string> {
  if (options.passwordStdin) return (await terminal.readInput()).replace(/\r?\n$/, '')
  const password = await terminal.askSecret('Password: ')
  if (password === undefined) throw new UsageError('There is no terminal to ask at: use --password-stdin.')
  if ((await terminal.askSecret('Once more: ')) !== password) throw new UsageError('The two passwords differ.')
  return password
}
