import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { plural } from '../../console/src/intl.ts'
import * as german from '../../console/src/texts/de.ts'
import * as english from '../../console/src/texts/en.ts'

type Leaf = string | ((...values: never[]) => string)

/** The texts of a file by the path of their keys. */
function leaves(texts: object, path = ''): Map<string, Leaf> {
  const entries = Object.entries(texts).map(([key, value]) => [`${path}${key}`, value] as const)
  return new Map(
    entries.flatMap(([at, value]) =>
      typeof value === 'object' ? [...leaves(value, `${at}.`)] : [[at, value] as const]
    )
  )
}

const [en, de] = [leaves({ ...english, details: {} }), leaves({ ...german, details: {} })]

t.test('both languages have the same texts, and their functions the same arguments', async t => {
  const shape = (texts: Map<string, Leaf>) =>
    [...texts].map(([at, text]) => [at, typeof text, text.length * +(typeof text === 'function')])
  t.strictSame(shape(de).sort(), shape(en).sort())
})

/** Names and terms without a German word. */
const sameInBoth = [
  'Sallyport',
  'Name',
  'Passkey',
  'Claims',
  'Scopes',
  'API',
  'Clients',
  'Client',
  'Details',
  'Grants',
  'Filter',
  'App',
  'Node.js',
  'Server',
  'Host',
  'Token 7'
]
/** A text, with 7 for each of its values. */
const said = (text: Leaf) => (typeof text === 'string' ? text : text(...Array<never>(text.length).fill('7' as never)))
const wordless = /^(\W|\d|NaN|undefined)*$/

t.test('no text is left in English', async t => {
  const same = [...en].filter(([at, text]) => said(text) === said(de.get(at) ?? '')).map(([, text]) => said(text))
  t.strictSame(
    same.filter(text => !sameInBoth.includes(text) && !wordless.test(text)),
    []
  )
})

const root = join(import.meta.dirname, '..', '..')
const filled = (source: string) => source.replace(/\$\{[^}]*\}|\d+/g, '#')
/** The parts of the server's sentences that vary. */
const words = /users:write|the username|the e-mail address|the name of this service/

t.test('what is translated for the server is what it says', async t => {
  const sources = ['src', 'routes']
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(file => join(root, folder, file))
    )
    .filter(file => file.endsWith('.ts'))
    .map(file => filled(readFileSync(file, 'utf8')))
    .join('\n')
  for (const detail of Object.keys(german.details))
    t.ok(sources.includes(detail) || sources.includes(detail.replace(words, '#')), detail)
})

t.test('the form of a text follows its count', async t => {
  const logins = (count: number) => plural(count, { one: '# login', other: '# logins' })
  t.strictSame([0, 1, 2, 1200].map(logins), ['0 logins', '1 login', '2 logins', '1,200 logins'])
  // @ts-expect-error A form is missing.
  plural(2, { other: '# logins' })
  // @ts-expect-error English has no such form.
  plural(2, { one: '# login', few: '# logins', other: '# logins' })
  t.equal(plural<'one' | 'few' | 'other'>(1, { one: '# jeden', few: '# kilka', other: '# wiele' }), '1 jeden')
})
