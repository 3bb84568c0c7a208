import { readFileSync } from 'node:fs'
import { hashRaw } from '@node-rs/argon2'
import t from 'tap'
import { isKnownHash, matchesHash } from '../../../src/auth/passwords/stored-hashes.ts'
import { loadBcrypt } from '../../../src/bcrypt.ts'

interface Made {
  versions: Record<string, string>
  passwords: [password: string, other: string][]
  hashes: Record<string, string[]>
}

/** Hashes that Django, passlib, bcrypt and argon2-cffi made; hash-forms.py describes how. */
const made: Made = JSON.parse(readFileSync(new URL('hash-forms.json', import.meta.url), 'utf8'))
const libraries = { bcrypt: await loadBcrypt(), argon2: { hashRaw } }
const matches = (password: string, stored: string) => matchesHash(password, stored, libraries)

const makers = Object.entries(made.hashes)
const readsOnly72Bytes = /^(passlib|django) bcrypt( 2.)?$/

for (const [maker, hashes] of makers) {
  t.test(`${maker}: its hashes verify with their passwords only`, async t => {
    t.ok(hashes.length > 0)
    // The expensive hashes have the same form as the cheap ones.
    const isExpensive = maker.endsWith(', default')
    for (const [i, stored] of (isExpensive ? hashes.slice(0, 1) : hashes).entries()) {
      const [password = '', other = ''] = made.passwords[i] ?? []
      t.ok(isKnownHash(stored), stored)
      t.equal(await matches(password, stored), true, password)
      if (isExpensive) continue
      const isCut = Buffer.byteLength(password) > 72 && readsOnly72Bytes.test(maker)
      t.equal(await matches(other, stored), isCut, isCut ? 'cut as the other application cuts' : other)
    }
  })

  if (maker.endsWith(', default')) continue
  t.test(
    `${maker}: an altered hash matches nothing, and a hash matches neither the empty password nor itself`,
    async t => {
      const [[password] = ['']] = made.passwords
      const [stored = ''] = hashes
      const parts = stored.split('$')
      for (const [name, altered] of [
        ['one character short', stored.replace(/=?$/, '').slice(0, -1)],
        ['one character long', `${stored}A`],
        ['a line break behind it', `${stored}\n`],
        ['something before it', ` ${stored}`],
        ['no digest', parts.slice(0, -1).join('$')],
        ['an empty digest', [...parts.slice(0, -1), ''].join('$')],
        ['a foreign character', stored.replace(/.{5}$/, tail => `*${tail.slice(1)}`)]
      ] as const) {
        t.equal(await matches(password, altered), false, name)
      }
      // In the digest, and in the salt or the part before it.
      for (const at of [-10, -20, -45]) {
        const altered = `${stored.slice(0, at)}${stored.at(at) === 'x' ? 'y' : 'x'}${stored.slice(at + 1)}`
        t.equal(await matches(password, altered), false, altered)
      }
      t.equal(await matches('', stored), false, 'no password')
      t.equal(await matches(stored, stored), false, 'the hash itself for a password')
    }
  )
}

t.test('The hashes come from other libraries and cover every documented form', async t => {
  t.strictSame(Object.keys(made.versions), ['django', 'passlib', 'bcrypt', 'argon2-cffi'])
  const forms = new Set(makers.flatMap(([, hashes]) => hashes.map(stored => /^\$?[^$]+\$?/.exec(stored)?.[0])))
  t.strictSame(
    [...forms].sort(),
    [
      '$2a$',
      '$2b$',
      '$2y$',
      '$argon2i$',
      '$argon2id$',
      '$bcrypt-sha256$',
      '$pbkdf2-sha256$',
      'argon2$',
      'bcrypt$',
      'bcrypt_sha256$',
      'pbkdf2_sha256$'
    ].sort()
  )
})
