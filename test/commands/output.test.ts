import { test } from 'tap'
import { printRecords } from '../../src/commands/output.ts'
import type { Terminal } from '../../src/commands/terminal.ts'

test('A table takes 200,000 records, and each column is as wide as its widest cell', async t => {
  const records = Array.from({ length: 200_000 }, (_, index) => ({ name: `user ${index}`, disabled: false }))
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  printRecords({ print } as unknown as Terminal, records, {})
  t.equal(lines.length, 200_001)
  t.same([lines[0], lines[1], lines.at(-1)], ['name         disabled', 'user 0       false', 'user 199999  false'])
})
