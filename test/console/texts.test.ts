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

const [en, de] = [leaves({ ...english, refusals: {}, faults: {} }), leaves({ ...german, refusals: {}, faults: {} })]

t.test('Both languages have the same texts, and their functions the same arguments', async t => {
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
  'Webhooks',
  'Webhook',
  'URL',
  'Details',
  'Grants',
  'Filter',
  'App',
  'Node.js',
  'Server',
  'Host',
  'Token 7',
  '7 (optional)',
  'ID'
]
/** A text, with 7 for each of its values. */
const said = (text: Leaf) => (typeof text === 'string' ? text : text(...Array<never>(text.length).fill('7' as never)))
const wordless = /^(\W|\d|NaN|undefined)*$/

t.test('No text is left in English', async t => {
  const same = [...en].filter(([at, text]) => said(text) === said(de.get(at) ?? '')).map(([, text]) => said(text))
  t.strictSame(
    same.filter(text => !sameInBoth.includes(text) && !wordless.test(text)),
    []
  )
})

t.test('The form of an English text follows its count', async t => {
  const logins = (count: number) => plural(count, { one: '# login', other: '# logins' })
  t.strictSame([0, 1, 2, 1200].map(logins), ['0 logins', '1 login', '2 logins', '1,200 logins'])
  // @ts-expect-error A form is missing.
  plural(2, { other: '# logins' })
  // @ts-expect-error English has no such form.
  plural(2, { one: '# login', few: '# logins', other: '# logins' })
  t.equal(plural<'one' | 'few' | 'other'>(1, { one: '# jeden', few: '# kilka', other: '# wiele' }), '1 jeden')
})
