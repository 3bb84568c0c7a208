import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { algorithms as coseAlgs } from '../../src/auth/passkeys/cose-key.ts'
import { dpopAlgs } from '../../src/wire/dpop-algs.ts'
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
  const places = Array.from(text.matchAll(/`((?:src|plugins|console\/src|packages)\/[\w./-]+\.ts)`(?: \(([^)]*)\))?/g))
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
const between = ['src/base/sealing.ts', 'src/auth/keys/sealed-tokens.ts']

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

t.test('The page lists every use of a cryptographic library, file by file (ASVS 11.1.2, 11.1.3)', async t => {
  t.ok(uses.size > 50, `${uses.size} files`)
  t.same(unlisted(uses), [])
})

t.test('Every file and export that the page names exists', async t => {
  t.ok(items(page).length > 100)
  t.same(missingPlaces(page), [])
})

t.test('Each purpose string is in one place of the source, and in the page (RFC 5869 §3.2)', async t => {
  const { purposes, computed } = derivations(uses)
  t.ok(purposes.length > 10, `${purposes.length} purposes`)
  t.same(purposes, [...new Set(purposes)], 'no two keys have the same')
  t.same(computed, [])
  t.same([...new Set(described(page))].sort(), purposes)
})

t.test('The page names every file that compares in constant time (ASVS 11.2.4)', async t => {
  const compares = (list: string[]) => list.some(use => /^(equalInConstantTime|timingSafeEqual)$/.test(use))
  const files = Array.from(uses).filter(([file, list]) => compares(list) && file !== 'src/base/secrets.ts')
  t.same(
    items(section('Comparisons')).map(([path]) => path),
    files.map(([file]) => file)
  )
})

/** The list in a constant `algorithms` of a source. */
const listIn = (path: string) =>
  Array.from(
    /^const algorithms = \[(.*)\]/m.exec(String(sources.get(path)))?.[1]?.matchAll(/'([^']+)'/g) ?? [],
    ([, alg = '']) => alg
  ).join(', ')

t.test('Accepted algorithms are those of the code (ASVS 11.6.1)', async t => {
  const lists = [
    `${listIn('src/auth/identities/signature.ts')}, by jose`,
    `${listIn('src/resource-server/verify-offline.ts')}, by jose`,
    `**Accepted**: ${dpopAlgs.join(', ')} (`
  ]
  for (const list of lists) t.ok(page.includes(list), list)
  const [, made = ''] = /by `SIGNING_ALG`: ([^\n]*)/.exec(page) ?? []
  t.same(
    Array.from(made.matchAll(/\b(?:[EPRH]S\d{3}|EdDSA|Ed25519)\b/g), ([alg]) => alg).sort(),
    [...signingAlgs].sort()
  )
  const [, keys = ''] = /COSE algorithms ([\s\S]*?)\. No/.exec(page) ?? []
  t.same(Array.from(keys.matchAll(/-\d+(?= \()/g), Number), coseAlgs)
})
