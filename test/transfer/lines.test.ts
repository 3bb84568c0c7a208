import { test } from 'tap'
import { createLineSplitter, type Line, maxLineLength } from '../../src/transfer/lines.ts'

/** The lines of `bytes` when they arrive in chunks of `size`. */
function linesOf(bytes: Buffer, size: number, cr: boolean): Line[] {
  const splitter = createLineSplitter({ cr })
  const lines: Line[] = []
  for (let begin = 0; begin < bytes.length; begin += size)
    lines.push(...splitter.push(bytes.subarray(begin, begin + size)))
  return [...lines, ...splitter.end()]
}

test('A text has the same lines for any chunk size (scenario table)', async t => {
  // Each line and its end.
  for (const [content, cr, expected] of [
    ['', true, []],
    ['a', true, ['a', '']],
    ['a\nbé😀\n', true, ['a', '\n', 'bé😀', '\n']],
    ['a\r\nb\rc\n\rd\r', true, ['a', '\r\n', 'b', '\r', 'c', '\n', '', '\r', 'd', '\r']],
    ['\r\r\n\n', true, ['', '\r', '', '\r\n', '', '\n']],
    ['a\r\nb\rc', false, ['a\r', '\n', 'b\rc', '']],
    ['\ufeffa\n\ufeffb', true, ['a', '\n', '\ufeffb', '']],
    ['a\u2028b\n', true, ['a\u2028b', '\n']]
  ] as const)
    for (const size of [1, 2, 3, 100]) {
      const lines = linesOf(Buffer.from(content), size, cr)
      t.same(
        lines.flatMap(({ text, end }) => [text, end]),
        expected,
        `${encodeURI(content)}, ${size}`
      )
      t.same(
        lines.map(({ line }) => line),
        lines.map((_, index) => index + 1)
      )
    }
})

test('A line with invalid UTF-8, or one that is too long, is its own problem', async t => {
  const long = Buffer.alloc(maxLineLength, 'x')
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0x0a, 0xc3, 0x0a]),
    long,
    Buffer.from('\n'),
    long,
    Buffer.from('x\nend')
  ])
  for (const size of [1000, 127_999, 1_000_000]) {
    const lines = linesOf(bytes, size, true)
    t.match(
      lines.map(({ line, problem, text }) => [line, problem, text.length]),
      [
        [1, 'is not UTF-8', 1],
        [2, 'is not UTF-8', 1],
        [3, undefined, maxLineLength],
        [4, 'is too long', 0],
        [5, undefined, 3]
      ]
    )
  }
})
