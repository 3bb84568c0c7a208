/** The values of a record, or why it has none: `open` means that `text` has an unclosed quotation mark. */
export type CsvRecord = string[] | 'open' | 'faulty'

/** Reads one record of CSV (RFC 4180 §2), without the line break at its end. */
export function readCsvRecord(text: string): CsvRecord {
  if (!text.includes('"')) return text.split(',')
  const values: string[] = []
  for (let begin = 0; begin <= text.length; ) {
    let end = text.indexOf(',', begin)
    if (end === -1) end = text.length
    if (text[begin] === '"') {
      const mark = closingMark(text, begin + 1)
      if (mark === -1) return 'open'
      values.push(text.slice(begin + 1, mark).replaceAll('""', '"'))
      end = mark + 1
      if (end < text.length && text[end] !== ',') return 'faulty'
    } else {
      const value = text.slice(begin, end)
      if (value.includes('"')) return 'faulty'
      values.push(value)
    }
    begin = end + 1
  }
  return values
}

/**
 * The index of the quotation mark that closes a value; -1 when none does. A doubled quotation mark is a literal one.
 */
function closingMark(text: string, begin: number): number {
  let mark = text.indexOf('"', begin)
  while (mark !== -1 && text[mark + 1] === '"') mark = text.indexOf('"', mark + 2)
  return mark
}

/** How many quotation marks `text` has; a value is open while the number is odd. */
export const marksIn = (text: string) => text.split('"').length - 1
