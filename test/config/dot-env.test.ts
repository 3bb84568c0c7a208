import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import { dotEnvLine, parseDotEnv } from '../../src/config/dot-env.ts'

function parse(text: string) {
  const problems: string[] = []
  return { entries: parseDotEnv(text, problems), problems }
}

test('A line that is neither blank, a comment nor an assignment is a problem that does not show the line', async t => {
  const other = (line: number) =>
    `line ${line} of .env is not an assignment: expected NAME=value with NAME in capitals, or a comment that starts with #`
  t.same(parse('PORT=4000\n\n# closed\n  # for now\nREGISTRATION: closed\nHOST=::1'), {
    entries: { PORT: '4000', HOST: '::1' },
    problems: [other(5)]
  })
  for (const line of [
    'hunter2',
    'SECRET hunter2',
    'SECRET: hunter2=',
    'secret: hunter2',
    'PROT: 4000',
    '=hunter2',
    'export SECRET',
    'A B=1'
  ])
    t.same(parse(line), { entries: {}, problems: [other(1)] }, line)
  t.same(parse('greeting: hunter2\nexport greeting: hunter2'), { entries: {}, problems: [] }, 'of another program')
  t.same(parse('SECRET="two\nlines"\nhunter2').problems, [other(3)], 'lines are counted inside quotes')
})

test('A value with a # outside quotes is a problem, and is ignored', async t => {
  for (const value of ['hunter2#x', 'hunter2 # x', '# hunter2', '#hunter2', 'it"s # hunter2'])
    t.same(
      parse(`SECRET=${value}\nPORT=1`),
      {
        entries: { SECRET: undefined, PORT: '1' },
        problems: [
          'SECRET in line 1 of .env has a # outside quotes: quote the value, or move the comment to its own line'
        ]
      },
      value
    )
})

test('A quote that does not end, or ends before the value, is a problem, and no other line joins the value', async t => {
  for (const value of [
    '"hunter2',
    "'hunter2",
    '`hunter2',
    '"hunter2\'',
    '"hun"ter2',
    '"hun\\"ter2"',
    '"hunter2" PORT="1"'
  ])
    for (const port of ['1', '"1"'])
      t.same(
        parse(`SECRET=${value}\nPORT=${port}`),
        {
          entries: { SECRET: undefined, PORT: '1' },
          problems: [
            'SECRET in line 1 of .env starts with a quote: end the value with the same quote, with nothing after it'
          ]
        },
        value
      )
})

test('Assignments parse as in util.parseEnv of Node.js; where its versions differ, to the end of the line', async t => {
  const scenarios: [text: string, entries: Record<string, string>][] = [
    ['', {}],
    ['\ufeffA=1\r\nB="2"\r\nC=3\r', { A: '1', B: '2', C: '3' }],
    ['A=1\rB=2', { A: '1', B: '2' }],
    ['  A = 1 \n\tB\t=\t2\t', { A: '1', B: '2' }],
    ['A=\nB=   \nC=3', { A: '', B: '', C: '3' }],
    ['export A=1\nexport\tB=2', { A: '1', B: '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['A==x=\nB=it\'s "so"\nC=a\\nb', { A: '=x=', B: 'it\'s "so"', C: 'a\\nb' }],
    ['A=" 1 "\nB=\'2 # 3\'\nC=`"it\'s"`\nD=""', { A: ' 1 ', B: '2 # 3', C: '"it\'s"', D: '' }],
    ['A="1" # one\nB=\'2\'# two', { A: '1', B: '2' }],
    ['A="a\r\nb\n\nc"\nB=\'a\nb\'\nC=`a\nB=1`', { A: 'a\nb\n\nc', B: 'a\nb', C: 'a\nB=1' }],
    ['A="a\\nb"\nB=\'a\\nb\'\nC=`a\\nb`', { A: 'a\nb', B: 'a\\nb', C: 'a\\nb' }]
  ]
  for (const [text, entries] of scenarios) t.same(parse(text), { entries, problems: [] }, text)
})

test('.env.example has no problem, with its settings commented out or not', async t => {
  const text = readFileSync('.env.example', 'utf8')
  t.same(parse(text), { entries: {}, problems: [] })
  const { entries, problems } = parse(text.replace(/^# (?=[A-Z_]+=)/gm, ''))
  t.match(entries, { PORT: '3000', MAIL_FROM: 'Example <no-reply@example.com>' })
  t.same(problems, [])
})

test('A written line has the same value when it is read, whatever is around it', async () => {
  const character = fc.oneof(
    fc.constantFrom(...'\'"`\\$# =\n\r\t\u2028\u2029\u00a0\ufeff\0n'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  )
  fc.assert(
    fc.property(fc.string({ unit: character }), value => {
      const line = dotEnvLine('SECRET', value)
      const needed = [/'/, /["\\]/, /`/].every(quote => quote.test(value)) || value.includes('\r')
      if (line === undefined) return needed
      const read = parse(`# before\nPORT=1\n${line}\nHOST=::1\n`)
      return isDeepStrictEqual(read, { entries: { PORT: '1', SECRET: value, HOST: '::1' }, problems: [] })
    }),
    { numRuns: 1000 }
  )
})

test('A value has quotes only where it needs them, and what a shell would expand is in single quotes', async t => {
  for (const [value, line] of [
    ['Example <no-reply@example.com>', 'A=Example <no-reply@example.com>'],
    ['postgres://u:p%24@h/d?sslmode=verify-full&a=b', 'A=postgres://u:p%24@h/d?sslmode=verify-full&a=b'],
    ['postgres://u:p$x@h/d', "A='postgres://u:p$x@h/d'"],
    [' x', "A=' x'"],
    ["it's", 'A="it\'s"'],
    ["it's a \\", "A=`it's a \\`"],
    ['\'"`', undefined],
    ['a\rb', undefined]
  ] as const)
    t.equal(dotEnvLine('A', value), line)
})
