/** The records of CSV (RFC 4180 §2) without faults, by the names in its header; read character by character. */
export function recordsIn(text: string): Record<string, string>[] {
  const records: string[][] = [['']]
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const record = records.at(-1) as string[]
    const two = text.slice(at, at + 2)
    const character = text[at] as string
    if (isQuoted && two === '""') {
      record.push(`${record.pop()}"`)
      at++
    } else if (character === '"') isQuoted = !isQuoted
    else if (isQuoted || !/[,\r\n]/.test(character)) record.push(record.pop() + character)
    else if (character === ',') record.push('')
    else {
      records.push([''])
      if (two === '\r\n') at++
    }
  }
  const [header = [], ...rows] = records.filter(record => record.length > 1 || record[0] !== '')
  const columns = header.map(name => name.trim())
  return rows.map(values => Object.fromEntries(columns.map((name, index) => [name, String(values[index])])))
}
