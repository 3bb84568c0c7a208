export type Cell = string | number | boolean | null | undefined

/**
 * The rows as CSV (RFC 4180), with the mark at the beginning by which Excel knows UTF-8. A program for tables runs a
 * cell that begins like a formula, and anyone may have chosen its text, such as a name: it gets an apostrophe before
 * it, which makes it a text. Excel in German also begins a cell at each `;`, and at a line break after one.
 */
export const csvOf = (rows: Cell[][]) => `\uFEFF${rows.map(row => `${row.map(cellOf).join(',')}\r\n`).join('')}`

/** Where a cell may begin with a formula, also behind quotation marks, of which that split leaves some. */
const formula = /(?<=^|[;\t\r\n])(?="*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|^(?=[\t\r\n])/g

function cellOf(value: Cell): string {
  const text = String(value ?? '').replace(formula, "'")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
