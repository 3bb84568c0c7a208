export type Cell = string | number | boolean | null | undefined

/**
 * The rows as CSV (RFC 4180). A program for tables runs a cell that begins like a formula, and anyone may have chosen
 * its text, such as a name: it gets an apostrophe before it, which makes it a text.
 */
export const csvOf = (rows: Cell[][]) => rows.map(row => `${row.map(cellOf).join(',')}\r\n`).join('')

function cellOf(value: Cell): string {
  const text = String(value ?? '').replace(/^[=+\-@\t\r\n]/, "'$&")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
