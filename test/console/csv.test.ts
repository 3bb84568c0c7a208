import t from 'tap'
import { csvOf } from '../../console/src/csv.ts'

/** The mark at the beginning, by which Excel knows UTF-8. */
const mark = '\uFEFF'

t.test('rows end with CRLF, and cells with commas, quotes and lines are quoted (RFC 4180 §2)', async t => {
  t.equal(
    csvOf([
      ['id', 'name', 'enabled'],
      [1, 'Ann "Bo" Lee, Ltd.', true],
      [2, 'two\r\nlines', null],
      [3, undefined, '']
    ]),
    `${mark}id,name,enabled\r\n1,"Ann ""Bo"" Lee, Ltd.",true\r\n2,"two\r\nlines",\r\n3,,\r\n`
  )
  t.equal(csvOf([]), mark)
})

t.test('no cell is a formula for a program that opens the file', async t => {
  for (const [text, cell] of [
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\tone', "'\tone"],
    ['\r=1', `"'\r'=1"`],
    ['\n=1', `"'\n'=1"`],
    ['＝1', "'＝1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠A1', "'＠A1"],
    // Excel in German begins a cell at a semicolon, wherever it stands.
    ['a;=1;+2', "a;'=1;'+2"],
    ['a;＝1', "a;'＝1"],
    ['a;"=1"', `"a;'""=1"""`],
    ['a\t@A1', "a\t'@A1"],
    ['a\r\n-1', `"a\r\n'-1"`],
    ['a;b=1; c', 'a;b=1; c'],
    ['=HYPERLINK("http://evil.example","a,b")', `"'=HYPERLINK(""http://evil.example"",""a,b"")"`],
    ['a=1', 'a=1'],
    ["'", "'"]
  ] as const)
    t.equal(csvOf([[text]]), `${mark}${cell}\r\n`, text)
  t.equal(csvOf([[-7]]), `${mark}'-7\r\n`)
})
