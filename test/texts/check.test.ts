import { spawnSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError } from '../../src/base/errors.ts'
import { textProblems } from '../../src/texts/texts.ts'
import { configFrom, loadConfig } from '../../src/wiring/load-config.ts'

const right = 'Sujet {{host}}\n\nTexte {{host}}\n\n{{link}}\n'

/** The problems of a folder, in which the folder itself is `.`. */
function problemsOf(t: Test, content: Parameters<Test['testdir']>[0]): string[] {
  const folder = t.testdir(content)
  return textProblems(folder).map(problem => problem.replaceAll(folder, '.'))
}

t.test('A folder with right texts has no problem', async t => {
  t.strictSame(problemsOf(t, {}), [])
  t.strictSame(
    problemsOf(t, {
      fr: {
        'verify-email.txt': right,
        'email-code.txt': 'S\n \n{{code}}',
        'pages.txt': '\nproblem: Une erreur: {x}\n'
      },
      'zh-Hant': { 'new-login.txt': '登入\n\n\t新\n' },
      '..data': 'Kubernetes has such a link'
    }),
    []
  )
})

const [code, login, reset, verify] = ['email-code.txt', 'new-login.txt', 'reset-password.txt', 'verify-email.txt']
const noSubject = ':1 is empty: expected the subject'
const noText = ' has no text after the subject and an empty line'
const control = ' has a control character'

/** Wrong files, and what is said of each after its path. */
const messages: [name: string, file: string, content: string | Buffer, ...problems: string[]][] = [
  ['an unknown file', 'verify_email.txt', right, ' is not the name of a text'],
  ['another type of file', 'verify-email.html', right, ' is not the name of a text'],
  ['a name of Object.prototype', '__proto__', right, ' is not the name of a text'],
  ['an unknown placeholder', verify, `${right}{{username}}`, ':6 has {{username}}: expected {{host}} or {{link}}'],
  ['a placeholder of another message', login, right, ':5 has {{link}}: expected {{host}}'],
  [
    ...(['a placeholder with spaces', reset, right.replace('{{link}}', '{{ link }}')] as const),
    ...[':5 has {{ link }}: expected {{host}} or {{link}}', ' lacks {{link}}']
  ],
  [
    ...(['half a placeholder', login, 'S\n\n{{host} x\n}}\n'] as const),
    ...[':3 has {{: expected {{host}}', ':4 has }}: expected {{host}}']
  ],
  ['a link in the subject', verify, '{{link}}\n\n{{link}}', ':1 has {{link}}: expected {{host}}'],
  ['a code in the subject, on lock screens', code, '{{code}}\n\n{{code}}', ':1 has {{code}}: expected {{host}}'],
  ['no link', verify, 'S\n\ntext\n', ' lacks {{link}}'],
  ['no code', code, 'S\n\ntext\n', ' lacks {{code}}'],
  ['an empty file', login, '', noSubject, noText],
  ['an empty subject', login, ' \n\nx', noSubject],
  ['no text', login, 'S\n\n \n', noText],
  [
    ...(['a subject of two lines', login, 'S\nBcc: eve@example.com\n\nx'] as const),
    ':2 is not empty: expected the subject in one line, and an empty line after it'
  ],
  ['a line break that is none for editors', login, 'S\rBcc: eve@example.com\n\nx', `:1${control}`],
  ['a line separator', login, 'S\u2028B\n\nx', `:1${control}`],
  ['a control of direction in the subject', login, 'S\u202eB\n\nx', `:1${control}`],
  ['an isolate in the text', login, 'S\n\nx\u2066y', `:3${control}`],
  ['a NUL', login, 'S\n\nx\0', `:3${control}`],
  ['Latin 1', login, Buffer.from('État\n\nx', 'latin1'), ' is not UTF-8'],
  ['too much text', login, `S\n\n${'x'.repeat(16_382)}`, ' is larger than 16384 bytes']
]

t.test('A message with a fault is refused, with the file, the line and what was expected', async t => {
  for (const [name, file, content, ...problems] of messages)
    t.strictSame(
      problemsOf(t, { fr: { [file]: content } }),
      problems.map(problem => `./fr/${file}${problem}`),
      name
    )
})

t.test('Folders that are no language, and what cannot be read, are refused', async t => {
  t.strictSame(problemsOf(t, { french_: {}, FR: {}, fr: {}, nl: 'a file', de: { 'new-login.txt': {} } }), [
    './de/new-login.txt is not a file',
    './fr is another folder of fr',
    './french_ is not named after a language: expected a folder such as ./fr',
    'cannot read ./nl (ENOTDIR)'
  ])
  const missing = join(t.testdir(), 'missing')
  t.strictSame(textProblems(missing), [`cannot read ${missing} (ENOENT)`])
})

t.test('What is no file is refused, without waiting for its content', async t => {
  const folder = t.testdir({ fr: { 'email-code.txt': t.fixture('symlink', '/dev/zero') } })
  const path = (name: string) => join(folder, 'fr', name)
  // Opening a pipe would wait for a writer. Node.js cannot make one.
  if (spawnSync('mkfifo', [path('new-login.txt')]).error) symlinkSync('/dev/null', path('new-login.txt'))
  symlinkSync(path('new-login.txt'), path('verify-email.txt'))
  t.strictSame(
    textProblems(folder),
    ['email-code.txt', 'new-login.txt', 'verify-email.txt'].map(name => `${path(name)} is not a file`)
  )
})

const endless = '/proc/kallsyms'

t.test(
  'No more than the limit is read of a file, also if its size is said to be 0',
  {
    skip: !existsSync(endless) && 'only Linux has such files'
  },
  async t => {
    const fr = { 'new-login.txt': t.fixture('symlink', endless) }
    t.strictSame(problemsOf(t, { fr }), ['./fr/new-login.txt is larger than 16384 bytes'])
  }
)

t.test('Lines of pages.txt are refused with another form, an unknown name, a name again, or a placeholder', async t => {
  const content = 'problem: a\nproblem: b\nno-such: c\nproblem\nProblem: x\nproblem:\nverified: {{link}}\n'
  t.strictSame(problemsOf(t, { fr: { 'pages.txt': content } }), [
    './fr/pages.txt:2 has problem again',
    './fr/pages.txt:3 has no-such, which is not a text of the pages',
    './fr/pages.txt:4 is not a name, a colon and a text',
    './fr/pages.txt:5 is not a name, a colon and a text',
    './fr/pages.txt:6 is not a name, a colon and a text',
    './fr/pages.txt:7 has {{link}}: expected no placeholder'
  ])
})

t.test('The server does not start with a folder of faulty texts, and names the setting with every problem', async t => {
  const folder = t.testdir({ fr: { 'no.txt': '', 'new-login.txt': '' } })
  const problems = textProblems(folder)
  t.equal(problems.length, 3)
  const start = () => loadConfig({ DATABASE_URL: 'sqlite::memory:', TEXTS: folder }, '/nonexistent')
  t.throws(start, new ConfigError(problems.map(problem => `TEXTS: ${problem}`)))
  t.throws(
    () => configFrom({ databaseUrl: 'sqlite::memory:', texts: folder }),
    new ConfigError(problems.map(problem => `texts: ${problem}`))
  )
  const texts = t.testdir({ fr: { 'new-login.txt': 'S\n\nx' } })
  t.equal(configFrom({ databaseUrl: 'sqlite::memory:', texts }).texts, texts)
})
