import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openCsv } from '../../src/transfer/csv-file.ts'
import { openNdjson } from '../../src/transfer/ndjson-file.ts'
import type { Source, SourceRow } from '../../src/transfer/source.ts'

/** The test's own file with this content. */
function file(t: Test, content: string | Buffer, name = 'users') {
  const path = join(t.testdir(), name)
  writeFileSync(path, content)
  return path
}

async function rowsOf(source: Source) {
  const rows: SourceRow[] = []
  for await (const row of source.rows([])) rows.push(row)
  return rows
}

const csv = async (t: Test, content: string | Buffer) => openCsv(file(t, content))
const ndjson = async (t: Test, content: string | Buffer) => openNdjson(file(t, content))

test('CSV: the first line names the columns, and every row has the number of its first line (RFC 4180)', async t => {
  const source = await csv(t, 'username,email\nalice,a@example.com\nbob,\n')
  t.match(source, { unit: 'line', columns: ['username', 'email'] })
  const rows = [
    { line: 2, record: { username: 'alice', email: 'a@example.com' } },
    { line: 3, record: { username: 'bob', email: '' } }
  ]
  t.same(await rowsOf(source), rows)
  t.same(await rowsOf(source), rows, 'and again')
  t.equal(source.fraction(), 1)
  await source.close()
})

test('CSV: byte order mark, line breaks of every kind, empty lines and quoted values (scenario table)', async t => {
  const row = (line: number, a: string, b: string) => ({ line, record: { a, b } })
  const alice = row(2, '1', '2')
  for (const [name, content, expected] of [
    ['no line break at the end', 'a,b\n1,2', [alice]],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n', [alice, row(3, '3', '4')]],
    ['CR', 'a,b\r1,2\r', [alice]],
    ['a mixture', 'a,b\n1,2\r\n3,4\n', [alice, row(3, '3', '4')]],
    ['a byte order mark', '\ufeffa,b\n1,2\n', [alice]],
    ['a byte order mark and quotation marks', '\ufeff"a","b"\r\n"1","2"\r\n', [alice]],
    ['a comma, a quotation mark and blanks', 'a,b\n"1, ""2""", 3 \n', [row(2, '1, "2"', ' 3 ')]],
    ['empty lines', '\n\na,b\n\n1,2\n""\n\n3,4\n\n', [row(5, '1', '2'), row(8, '3', '4')]],
    ['line breaks in values', 'a,b\n"1\n1\n1",2\n3,4\n', [row(2, '1\n1\n1', '2'), row(5, '3', '4')]],
    ['CRLF in values', 'a,b\r\n"1\r\n1",2\r\n3,4\r\n', [row(2, '1\r\n1', '2'), row(4, '3', '4')]],
    ['one column', 'a\n\n2\n', [{ line: 3, record: { a: '2' } }]],
    ['NUL', 'a,b\n1\0,2\n', [row(2, '1\0', '2')]],
    [
      'too few and too many',
      'a,b\n1\n1,2,3\n1,2\n',
      [
        { line: 2, problem: 'has 1 values for 2 columns' },
        { line: 3, problem: 'has 3 values for 2 columns' },
        row(4, '1', '2')
      ]
    ],
    ['a header alone', 'a,b\n', []]
  ] as const)
    t.same(await rowsOf(await csv(t, content)), expected, name)
})

test('CSV: a misplaced quotation mark or invalid UTF-8 is a problem of its line', async t => {
  const mark = 'has a quotation mark that neither encloses a value nor is doubled'
  const latin1 = 'is not UTF-8: save the file as UTF-8'
  for (const [name, content, problem, next = 3] of [
    ['inside of a value', 'a,b\nsec"ret,2\n3,4\n', mark],
    ['after one that closes', 'a,b\n"secret"x,2\n3,4\n', mark],
    ['a blank after one that closes', 'a,b\n"secret" ,2\n3,4\n', mark],
    ['a name between two in a value', 'a,b\n"Bob "the" Builder",2\n3,4\n', mark],
    ['at the end', 'a,b\n1,2"\n3,4\n', mark],
    ['Latin-1', 'a,b\nJos\xe9,2\n3,4\n', latin1],
    ['a value of two lines', 'a,b\n"Jos\xe9\nx",2\n3,4\n', latin1, 4],
    ['its second line', 'a,b\n"x\nJos\xe9",2\n3,4\n', latin1, 4]
  ] as const) {
    const rows = [
      { line: 2, problem },
      { line: next, record: { a: '3', b: '4' } }
    ]
    t.same(await rowsOf(await csv(t, Buffer.from(content, 'latin1'))), rows, name)
  }
})

test('CSV: where the end of a value is ambiguous, reading ends with the line, and nothing is shown (scenario table)', async t => {
  const mark = 'a quoted value is not closed, or a quotation mark inside it is not doubled.'
  const length = 'a line has more than 128000 bytes.'
  for (const [name, content, line, reason] of [
    ['a quotation mark that is not closed', 'a,b\n1,2\n"secret,2\n3,4\n', 3, mark],
    ['a fault after a line break in a value', 'a,b\n1,2\n"secret\nx"y,2\n3,4\n', 3, mark],
    ['a value without an end', `a,b\n"${'secret\n'.repeat(20_000)}`, 2, mark],
    ['a line without an end', `a,b\n1,2\n${'secret'.repeat(30_000)}`, 3, length],
    ['a value with such a line', `a,b\n1,2\n"1\n${'secret'.repeat(30_000)}`, 3, length]
  ] as const) {
    const path = file(t, content)
    const message = `${path} cannot be read from line ${line} on: ${reason}`
    const read = async () => rowsOf(await openCsv(path))
    await t.rejects(read(), { name: 'CommandError', message }, name)
  }
})

test('CSV: rows far before a fault are returned before the fault is reached', async t => {
  const source = await csv(t, `a,b\n${`1,${'2'.repeat(97)}\n`.repeat(3000)}"3`)
  let rows = 0
  const read = async () => {
    for await (const _ of source.rows([])) rows++
  }
  await t.rejects(read(), { message: 'cannot be read from line 3002 on: ' })
  t.equal(rows, 3000)
})

test('CSV: a header that does not name the columns is refused (scenario table)', async t => {
  for (const [content, message] of [
    ['', 'is empty. The first line must name the columns.'],
    ['\n\r\n', 'is empty. The first line must name the columns.'],
    ['a,b,a\n', 'has two columns named a.'],
    ['a,b, a \n', 'has two columns named a.'],
    ['a"b\n', 'has no header: line 1 has a quotation mark'],
    ['"a\n', 'cannot be read from line 1 on']
  ] as const) {
    await t.rejects(csv(t, content), { name: 'CommandError', message }, JSON.stringify(content))
  }
})

test('CSV: spaces around a name are ignored, and any number of columns may lack a name', async t => {
  const source = await csv(t, 'a, b ,\t"c",,\n1,2,3,,\n'.replace('\t', ''))
  t.same(source.columns, ['a', 'b', 'c', '', ''])
  t.match(await rowsOf(source), [{ line: 2, record: { a: '1', b: '2', c: '3' } }])
})

test('CSV: the error for a missing header shows nothing of the first account', async t => {
  for (const values of [
    'alice,$2b$12$0123456789012345678901',
    'alice,pbkdf2_sha256$1$salt$digest',
    'alice,5f4dcc3b5aa765d61d8327deb882cf99',
    'alice,alice,$2b$12$0123456789012345678901',
    'alice,a@example.com,x'
  ]) {
    const path = file(t, `${values}\nbob,x,y\n`)
    const message = `The first line of ${path} looks like data. Add a header.`
    await t.rejects(openCsv(path), { name: 'CommandError', message }, values)
  }
})

test('NDJSON: the field names are known before the records are read', async t => {
  const source = await ndjson(t, '{"a": 1, "b": 2}\n[]\n{"b": 3, "C": 4}\n')
  t.same(source.columns, ['a', 'b', 'C'])
  t.equal((await ndjson(t, '\n[]\n')).columns, undefined, 'no names without records')
  const path = file(t, Array.from({ length: 1001 }, (_, n) => `{"${n}": 1}\n`).join(''))
  const message = `${path} has more than 1000 different member names: expected one account per line.`
  await t.rejects(openNdjson(path), { name: 'CommandError', message })
})

test('NDJSON: each line is an object, and empty lines are skipped', async t => {
  const source = await ndjson(t, '\ufeff{"username": "alice", "scopes": ["me"]}\r\n\n  \n{"username":"bob\u2028"}')
  t.match(source, { unit: 'line', columns: ['username', 'scopes'] })
  const rows = [
    { line: 1, record: { username: 'alice', scopes: ['me'] } },
    { line: 4, record: { username: 'bob\u2028' } }
  ]
  t.same(await rowsOf(source), rows)
  t.same(await rowsOf(source), rows, 'and again')
  t.equal(source.fraction(), 1)
  await source.close()
})

test('NDJSON: a line that is not an object is a problem of that line', async t => {
  t.same(await rowsOf(await ndjson(t, '{\n[]\nnull\n42\n{}\n')), [
    { line: 1, problem: 'is not JSON' },
    { line: 2, problem: 'is not a JSON object' },
    { line: 3, problem: 'is not a JSON object' },
    { line: 4, problem: 'is not a JSON object' },
    { line: 5, record: {} }
  ])
  t.same(await rowsOf(await ndjson(t, '')), [])
})

test('NDJSON: a line in which a name is twice is a problem of that line, because parsers differ', async t => {
  const lines = ['{"a": {"b": 1, "b": 2}}', '{"a": 1, "a": 2}', '{"a": [{"__proto__": {}}]}', '{"a": {"b": 1}}']
  t.same(await rowsOf(await ndjson(t, lines.join('\n'))), [
    { line: 1, problem: 'a/b is there twice' },
    { line: 2, problem: 'a is there twice' },
    { line: 3, problem: 'a/0/__proto__ is not allowed' },
    { line: 4, record: { a: { b: 1 } } }
  ])
})

test('NDJSON: a line that is too long or not UTF-8 is a problem of that line', async t => {
  const ofLength = (bytes: number) => `{"a": "${'x'.repeat(bytes - 9)}"}`
  const good = (line: number) => ({ line, record: { a: 1 } })
  const rows = await rowsOf(await ndjson(t, `${ofLength(128_000)}\n${ofLength(128_001)}\n{"a": 1}\n`))
  t.match(rows[0], { line: 1, record: { a: /^x{127991}$/ } })
  t.same(rows.slice(1), [{ line: 2, problem: 'has more than 128000 bytes' }, good(3)])
  const latin1 = Buffer.from('{"a": 1}\n{"a": "Jos\xe9"}\n{"a": 1}\n', 'latin1')
  const reason = 'is not UTF-8: save the file as UTF-8'
  t.same(await rowsOf(await ndjson(t, latin1)), [good(1), { line: 2, problem: reason }, good(3)])
})

test('NDJSON: progress is known while the file is read', async t => {
  const source = await ndjson(t, `{"username": "${'a'.repeat(96)}"}\n`.repeat(4000))
  const fractions: number[] = []
  for await (const { line } of source.rows([])) if (line % 1000 === 1) fractions.push(source.fraction())
  t.equal(fractions.length, 4)
  t.ok(
    fractions.every((fraction, index) => fraction > index * 0.2 && fraction <= 1),
    fractions.join(' ')
  )
})

test('A file that is missing or not text is refused (scenario table)', async t => {
  for (const [open, extra] of [
    [openCsv, 'a\n'],
    [openNdjson, '']
  ] as const) {
    const missing = join(t.testdir(), 'missing')
    await t.rejects(open(missing), { name: 'CommandError', message: `File not found: ${missing}.` })
    await t.rejects(open(t.testdir()), {
      name: 'CommandError',
      message: / is not a regular file\. Write the accounts/
    })
    await t.rejects(open('/dev/null'), {
      name: 'CommandError',
      message: /^\/dev\/null is not a regular file\. /
    })
    const unreadable = file(t, extra.repeat(3))
    const source = await open(unreadable)
    t.testdir()
    await t.rejects(rowsOf(source), { message: `File not found: ${unreadable}.` })
  }
  const inFile = join(file(t, 'a\n'), 'users.csv')
  await t.rejects(openCsv(inFile), { name: 'CommandError', message: `Cannot read ${inFile} (ENOTDIR).` })
})
