import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cryptoSources, cryptoUses, exportsName } from '../support/crypto-uses.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs/security/cryptography.md'), 'utf8')
const sources = cryptoSources()
const uses = cryptoUses(sources)

/** The part of the page below a heading of the second level. */
const section = (heading: string, text = page) => (text.split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0] ?? ''

const quoted = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, name = '']) => name)

/** The first path in backticks of each item of a list, and the others. */
const items = (list: string): [path: string, names: string[]][] =>
  list
    .split(/^- /m)
    .slice(1)
    .map(quoted)
    .map(([path = '', ...names]) => [path, names])

/** The differences between the uses in the source and the list of the page. */
function unlisted(found: Map<string, string[]>, text = page): string[] {
  const listed = new Map(items(section('Every use in the source', text)))
  const files = [...new Set([...found.keys(), ...listed.keys()])].sort()
  return files.flatMap(file => {
    const [made, said] = [[...new Set(found.get(file))], listed.get(file) ?? []]
    return [
      ...made.filter(use => !said.includes(use)).map(use => `${file} uses ${use}, which the page does not list`),
      ...said.filter(use => !made.includes(use)).map(use => `the page lists ${use}, which ${file} does not use`)
    ]
  })
}

/** The files and exports that the page names as places, but that do not exist. */
function missingPlaces(text: string): string[] {
  const places = Array.from(text.matchAll(/`((?:src|plugins|console\/src)\/[\w./-]+\.ts)`(?: \(([^)]*)\))?/g))
  return places.flatMap(([, path = '', names = '']) => {
    if (!sources.has(path)) return [`${path} does not exist`]
    return quoted(names)
      .filter(name => !exportsName(String(sources.get(path)), name))
      .map(name => `${path} does not export ${name}`)
  })
}

/** Our functions that derive a key for a purpose, with the purpose if it is a text. */
const derivation = /^(deriveKey|createMacs|createSealing|createTokenSealing|createSealedTokens)(?: (\S+))?$/
/** The files that hand a purpose on. */
const between = ['src/auth/keys/sealing.ts', 'src/auth/keys/sealed-tokens.ts']

/** The purpose strings of the source, and the files that compute one. */
function derivations(found: Map<string, string[]>): { purposes: string[]; computed: string[] } {
  const calls = Array.from(found, ([file, list]) => list.map(use => ({ file, match: derivation.exec(use) }))).flat()
  const made = calls.filter(({ file, match }) => match && !between.includes(file))
  return {
    purposes: made.flatMap(({ match }) => (match?.[2] === undefined ? [] : [`sallyport/${match[2]}`])).sort(),
    computed: made.filter(({ match }) => match?.[2] === undefined).map(({ file }) => file)
  }
}

const described = (text: string) =>
  quoted(text).filter(name => /^sallyport\/[a-z-]+$/.test(name) && !parts.includes(name))
/** Modules of the package. */
const parts = ['sallyport/testing', 'sallyport/verifier']

const membersOfKey = ['Made', 'Lives', 'Limit', 'Rotation', 'If', 'Where']

/** The members that a heading of the third level lacks. */
const lacks = (text: string): string[] =>
  text
    .split(/^### /m)
    .slice(1)
    .flatMap(key => {
      const [heading = ''] = key.split('\n')
      return membersOfKey.filter(name => !key.includes(`\n- **${name}`)).map(name => `${heading} lacks ${name}`)
    })

t.test('the page lists every use of a cryptographic library, file by file (ASVS 11.1.2, 11.1.3)', async t => {
  t.ok(uses.size > 50, `${uses.size} files`)
  t.same(unlisted(uses), [])
})

t.test('a use that is not listed, another algorithm, and a file that is gone are named', async t => {
  const changed = new Map(sources)
  changed.set('src/new.ts', "import { scryptSync as derive } from 'node:crypto'\nderive('a', 'b', 32)")
  changed.set('plugins/http/etag.ts', String(sources.get('plugins/http/etag.ts')).replace("'sha256'", "'md5'"))
  changed.delete('src/pages/page.ts')
  t.same(unlisted(cryptoUses(changed)), [
    'plugins/http/etag.ts uses hash md5 base64url, which the page does not list',
    'the page lists hash sha256 base64url, which plugins/http/etag.ts does not use',
    'src/new.ts uses scryptSync a b 32, which the page does not list',
    'the page lists createHash sha256, which src/pages/page.ts does not use'
  ])
})

t.test('a use is found however it is written', async t => {
  const usesOf = (text: string) => cryptoUses(new Map([['src/some.ts', text]])).get('src/some.ts')
  t.same(usesOf("import * as c from 'node:crypto'\nc.createHash('md5')"), ['node:crypto md5'])
  t.same(usesOf("import c from 'crypto'\nc.createHash('md5')"), ['crypto md5'])
  t.same(usesOf("const { createHash } = await import('node:crypto')"), ['node:crypto'])
  t.same(usesOf("process.getBuiltinModule('node:crypto').createHash('md5')"), ['node:crypto.createHash'])
  t.same(usesOf("export { createHash } from 'node:crypto'"), ['export node:crypto'])
  t.same(usesOf("(await import('@node-rs/argon2')).hash('x')"), ['@node-rs/argon2.hash'])
  t.same(usesOf("globalThis.crypto?.subtle.sign('HMAC', key, data)"), ['crypto.subtle.sign HMAC'])
  t.same(usesOf('const { subtle } = crypto'), ['crypto'])
  t.same(usesOf("import { sign } from 'node:crypto'\nconst signers = { sign }"), ['sign'])
  t.same(usesOf("import { SignJWT } from 'jose'\nnew SignJWT({})"), ['SignJWT'])
  t.same(usesOf("import { mac } from './auth/keys/secrets.ts'\nmac(key, text)"), ['mac'])
  t.same(usesOf("import { hash } from 'node:crypto'\nconst alg = 'md5'\nhash(alg, text)"), ['hash md5'])
  t.same(usesOf("const { pbkdf2 } = require('node:crypto')"), ['node:crypto'])
  t.same(usesOf('Math.random()'), ['Math.random'])
  t.same(usesOf("import type { KeyObject } from 'node:crypto'\nimport { sign } from './own.ts'\nsign()"), undefined)
})

t.test('every file and export that the page names exists', async t => {
  t.ok(items(page).length > 100)
  t.same(missingPlaces(page), [])
  t.same(missingPlaces('`src/none.ts`, `src/auth/keys/jwk.ts` (`generateKey`, `isNoLonger`)'), [
    'src/none.ts does not exist',
    'src/auth/keys/jwk.ts does not export isNoLonger'
  ])
})

t.test('each purpose string is in one place of the source, and in the page (RFC 5869 §3.2)', async t => {
  const { purposes, computed } = derivations(uses)
  t.ok(purposes.length > 10, `${purposes.length} purposes`)
  t.same(purposes, [...new Set(purposes)], 'no two keys have the same')
  t.same(computed, [])
  t.same([...new Set(described(page))].sort(), purposes)
})

t.test('a purpose that is used again, one that is computed and one that the page lacks are found', async t => {
  const keys = "import { deriveKey } from './auth/keys/secrets.ts'\n"
  const changed = new Map(sources).set('src/a.ts', `${keys}deriveKey(secret, 'totp')\nderiveKey(secret, name)`)
  const { purposes, computed } = derivations(cryptoUses(changed))
  t.equal(purposes.filter(purpose => purpose === 'sallyport/totp').length, 2)
  t.same(computed, ['src/a.ts'])
  t.notOk(described(page.replaceAll('`sallyport/totp`', '')).includes('sallyport/totp'))
})

t.test('the texts that seals sign begin as the page says', async t => {
  const texts = Array.from(String(sources.get('src/store/audit/seals.ts')).matchAll(/\['(sallyport [a-z]+)'/g))
  t.equal(texts.length, 2)
  for (const [, text = ''] of texts) t.ok(page.includes(`\`${text}\``), text)
})

t.test('each key has its making, life, limit, rotation, loss and place', async t => {
  const all = ['The secret', 'Keys and secrets of their own'].map(heading => section(heading))
  t.same(all.flatMap(lacks), [])
  t.same(lacks('### A key\n\n- **Made**: so\n- **If it leaks**: that\n- **Lives**: 1\n- **Where**: here\n'), [
    'A key lacks Limit',
    'A key lacks Rotation'
  ])
})

t.test('every column that the page names exists', async t => {
  const tables = String(sources.get('src/store/schema/tables.ts'))
  const lacking = (text: string) =>
    quoted(text)
      .filter(name => /^[a-z_]+\.[a-z_]+$/.test(name))
      .filter(name => name.split('.').some(part => !tables.includes(`'${part}'`)))
  t.ok(quoted(section('Stored data')).length > 15)
  t.same(lacking(section('Stored data')), [])
  t.same(lacking('`keys.gone`, `none.hash`, `keys.private_sealed`'), ['keys.gone', 'none.hash'])
})

t.test('the page names every file that compares in constant time (ASVS 11.2.4)', async t => {
  const compares = (list: string[]) => list.some(use => /^(equalInConstantTime|timingSafeEqual)$/.test(use))
  const files = Array.from(uses).filter(([file, list]) => compares(list) && file !== 'src/auth/keys/secrets.ts')
  t.same(
    items(section('Comparisons')).map(([path]) => path),
    files.map(([file]) => file)
  )
})
