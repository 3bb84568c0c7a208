import assert from 'node:assert/strict'
import { CommandError } from '../../../src/base/errors.ts'
import type { UserRow } from '../../../src/store/users.ts'
import { csvSource } from '../../../src/transfer/csv-file.ts'
import { exportUsers } from '../../../src/transfer/export.ts'
import { createLineSplitter } from '../../../src/transfer/lines.ts'
import type { SourceRow } from '../../../src/transfer/source.ts'
import { recordsIn } from '../reference-csv.ts'

// The reader of `users import`, compared with a reader of RFC 4180 that looks at one character at a time; then the file
// that `users export` writes for the text.

const chunkSizes = [1, 7, 65_536]

export async function fuzz(data: Buffer) {
  const rows = await rowsOf(data)
  const text = data.toString().replace(/^\ufeff/, '')
  const lines = text.split(/\r\n?|\n/).length
  for (const { line } of rows) assert.ok(line === 0 || (line > 1 && line <= lines))
  if (rows.length > 0 && !rows.some(isFaulty))
    assert.deepEqual(
      rows.map(row => 'record' in row && row.record),
      recordsIn(text)
    )

  const user = { createdAt: new Date(0), username: text, fullName: text, scopes: [text], claims: { text } }
  let file = ''
  for await (const chunk of exportUsers(async () => ({ rows: [user as unknown as UserRow] }), 'csv')) file += chunk
  const [row, ...others] = await rowsOf(Buffer.from(file))
  assert.ok(row && 'record' in row && others.length === 0)
  const { username, full_name, scopes, claims } = row.record
  assert.deepEqual([username, full_name, scopes, claims], [text, text, text, JSON.stringify({ text })])
}

const isFaulty = (row: SourceRow) => 'problem' in row

/** The rows; a problem of the whole file is in line 0. */
async function rowsOf(data: Buffer): Promise<SourceRow[]> {
  const size = chunkSizes[data.length % 3] as number
  async function* lines() {
    const splitter = createLineSplitter({ cr: true })
    for (let at = 0; at < data.length; at += size) yield* splitter.push(data.subarray(at, at + size))
    yield* splitter.end()
  }
  const rows: SourceRow[] = []
  try {
    for await (const row of (await csvSource({ path: 'a.csv', lines, fraction: () => 1 })).rows([])) rows.push(row)
  } catch (error) {
    assert.ok(error instanceof CommandError, String(error))
    rows.push({ line: 0, problem: error.message })
  }
  return rows
}
