import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signingAlgs } from '../../../src/auth/keys/jwk.ts'
import { algorithms as coseAlgs } from '../../../src/auth/passkeys/cose-key.ts'
import { dpopAlgs } from '../../../src/wire/dpop-algs.ts'
import { cryptoSources, cryptoUses } from '../../support/crypto-uses.ts'

const page = readFileSync(join(import.meta.dirname, '../../..', 'docs/evidence/cryptography.md'), 'utf8')
const sources = cryptoSources()
const uses = cryptoUses(sources)

/** The part of the page below a heading of the second level. */
const section = (heading: string) => (page.split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0] ?? ''

const quoted = (text: string) => Array.from(text.matchAll(/`([^`]+)`/g), ([, name = '']) => name)
const filesIn = (text: string) => quoted(text).filter(name => sources.has(name))

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

/** The bits of a random value that a use makes. */
function randomBits(use: string): number | undefined {
  const [, bytes] = /^(?:randomBytes|crypto\.getRandomValues) (\d+)$/.exec(use) ?? []
  if (bytes) return 8 * Number(bytes)
  return { randomSecret: 256, randomUUID: 122, v7: 74 }[use]
}

t.test('The page names every file that uses a cryptographic library (ASVS 11.1.2, 11.1.3)', async t => {
  t.ok(uses.size > 50, `${uses.size} files`)
  t.same([...uses.keys()].sort(), [...new Set(filesIn(page))].sort())
})

t.test('Each purpose string is in one place of the source, and in the page (RFC 5869 §3.2)', async t => {
  const { purposes, computed } = derivations(uses)
  t.ok(purposes.length > 10, `${purposes.length} purposes`)
  t.same(purposes, [...new Set(purposes)], 'no two keys have the same')
  t.same(computed, [])
  const rows = section('Keys that are derived from `SECRET`').matchAll(/^\| `(sallyport\/[a-z-]+)`/gm)
  t.same(Array.from(rows, ([, info]) => info).sort(), purposes)
})

t.test('The page has each random value with its bits, and names the file that makes it', async t => {
  const rows = Array.from(section('Random values').matchAll(/^\| (\d+) .*$/gm), ([row, bits]) =>
    filesIn(row).map(file => `${file} ${bits}`)
  )
  const made = Array.from(uses, ([file, list]) =>
    list.flatMap(use => (randomBits(use) === undefined ? [] : [`${file} ${randomBits(use)}`]))
  )
  t.same(rows.flat().sort(), [...new Set(made.flat())].sort())
})

t.test('The page names every file that compares in constant time (ASVS 11.2.4)', async t => {
  const compares = (list: string[]) => list.some(use => /^(equalInConstantTime|timingSafeEqual)$/.test(use))
  const files = Array.from(uses).filter(([file, list]) => compares(list) && file !== 'src/base/secrets.ts')
  t.same(
    filesIn(section('Comparisons')),
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
  const row = (name: string) => page.split('\n').find(line => line.startsWith(`| ${name} `)) ?? ''
  t.match(row('ID tokens'), `| ${listIn('src/auth/identities/signature.ts')} (jose)`)
  t.match(row('access tokens, in the verifier'), `| ${listIn('src/resource-server/verify-offline.ts')} (jose)`)
  t.match(row('DPoP'), `| ${dpopAlgs.join(', ')} (`)
  t.same(Array.from(row('passkeys').matchAll(/-\d+(?= \()/g), Number), coseAlgs)
  const made = row('signing keys').matchAll(/\b(?:[EPRH]S\d{3}|EdDSA|Ed25519)\b/g)
  t.same(Array.from(made, ([alg]) => alg).sort(), [...signingAlgs].sort())
})
