import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')

const sources = ['src', 'plugins', 'packages/client/src'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(root, folder, file), 'utf8'))
)

/** A call of node:crypto that names its algorithm first. */
const call =
  /\b(create(?:Cipheriv|Decipheriv|Hmac|Hash)|hash|hkdf(?:Sync)?|generateKeyPair(?:Sync)?)\(\s*['"]([\w-]+)['"]/g

t.test('The server encrypts, hashes and makes keys with these algorithms only (ASVS 11.3.2, 11.4.1)', async t => {
  const calls = sources
    .filter(text => text.includes('node:crypto'))
    .flatMap(text => Array.from(text.matchAll(call), ([, name, algorithm]) => `${name} ${algorithm}`))
  t.same([...new Set(calls)].sort(), [
    // The last step of a hash that Firebase has made.
    'createCipheriv aes-256-ctr',
    'createCipheriv aes-256-gcm',
    'createDecipheriv aes-256-gcm',
    // Five digits of it are what a range API of breached passwords is asked for.
    'createHash sha1',
    'createHash sha256',
    'createHmac sha256',
    'generateKeyPairSync ec',
    'generateKeyPairSync ed25519',
    'generateKeyPairSync rsa',
    'hash sha256',
    'hkdfSync sha256'
  ])
})

t.test('No random value of the server comes from Math.random (ASVS 11.5.1)', async t => {
  t.same(
    sources.filter(text => text.includes('Math.random')),
    []
  )
})
