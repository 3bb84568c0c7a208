import { spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readWellKnown } from '../../src/config/well-known.ts'
import { configFrom, loadConfig } from '../../src/wiring/load-config.ts'

const issuer = 'https://auth.example.com'
const securityTxt = 'Contact: mailto:security@example.com\nExpires: 2030-01-31T12:00:00Z\n'
const credentials = 'delegate_permission/common.get_login_creds'

/** A statement about an Android app whose certificate has a SHA-256 of this byte alone. */
const appOf = (byte: string, relation = credentials) => ({
  relation: ['delegate_permission/common.handle_all_urls', relation],
  target: {
    namespace: 'android_app',
    package_name: 'com.example.app',
    sha256_cert_fingerprints: [Array(32).fill(byte).join(':')]
  }
})
const originOf = (byte: number) => `android:apk-key-hash:${Buffer.alloc(32, byte).toString('base64url')}`

test('Only the three files can be served; each fault names its file and what is expected', t => {
  const readable =
    'cannot be served: the folder may have only security.txt, assetlinks.json, apple-app-site-association'
  const list = 'is not a list of statements: expected a JSON array of objects'
  const fingerprints =
    'has an Android app without valid sha256_cert_fingerprints: expected 32 bytes in capitals, such as 14:6D:E9:…'
  for (const [name, content, fault] of [
    ['jwks.json', '{}', readable],
    ['security.txt.asc', '', readable],
    ['security.txt', 'x'.repeat(32 * 1024 + 1), 'has 32769 bytes: expected 32768 at most'],
    ['security.txt', Buffer.from([0x23, 0xe4]), 'is not UTF-8'],
    ['security.txt', {}, 'is not a regular file'],
    ['security.txt', securityTxt.slice(0, 37), 'needs one Expires, such as "Expires: 2030-01-31T12:00:00Z"'],
    ['assetlinks.json', ' '.repeat(128 * 1024 + 1), 'has 131073 bytes: expected 131072 at most'],
    ['assetlinks.json', '[', 'is not JSON'],
    ['assetlinks.json', '{}', list],
    ['assetlinks.json', '[1]', list],
    ['assetlinks.json', JSON.stringify([appOf('ab')]), fingerprints],
    ['assetlinks.json', JSON.stringify([{ ...appOf('AB'), target: { namespace: 'android_app' } }]), fingerprints],
    ['apple-app-site-association', 'webcredentials', 'is not JSON']
  ] as const) {
    const folder = t.testdir({ [name]: content })
    t.same(readWellKnown(folder, issuer).problems, [`${join(folder, name)} ${fault}`], fault)
  }
  const missing = join(t.testdir({ link: {} }), 'none')
  t.same(readWellKnown(missing, issuer).problems, [`cannot read the folder ${missing} (ENOENT)`])
  t.end()
})

test('A FIFO does not keep the server from starting', t => {
  const path = join(t.testdir(), 'security.txt')
  spawnSync('mkfifo', [path])
  t.same(readWellKnown(join(path, '..'), issuer).problems, [`${path} is not a regular file`])
  t.end()
})

test('A folder that Kubernetes mounts can be read: it has hidden folders and links to their files', t => {
  const folder = t.testdir({ '..version': { 'security.txt': securityTxt } })
  symlinkSync('..version', join(folder, '..data'))
  symlinkSync('..data/security.txt', join(folder, 'security.txt'))
  t.match(readWellKnown(folder, issuer), { files: [{ name: 'security.txt', text: securityTxt }], problems: [] })
  t.end()
})

test('The apps that assetlinks.json gives the passkeys are origins of RP_ID, beside the others', t => {
  const statements = [
    appOf('AB'),
    appOf('AB'),
    appOf('CD'),
    appOf('EF', 'delegate_permission/common.share_location'),
    { relation: [credentials], target: { namespace: 'web', site: 'https://example.com' } },
    { include: 'https://example.com/more.json' }
  ]
  const wellKnown = t.testdir({ 'assetlinks.json': JSON.stringify(statements) })
  const originsOf = (settings: object) =>
    configFrom({ databaseUrl: 'sqlite::memory:', issuer, wellKnown, ...settings }).rpOrigins
  const apps = [originOf(0xab), originOf(0xcd)]
  t.same(originsOf({ rpId: 'example.com' }), ['https://example.com', issuer, ...apps])
  const rpOrigins = ['https://app.example.com', originOf(0xcd)]
  t.same(originsOf({ rpId: 'example.com', rpOrigins }), [...rpOrigins, originOf(0xab)])
  t.same(originsOf({}), [], 'none without passkeys')
  t.end()
})

test('The server does not start with a faulty file, and names the setting', t => {
  const wellKnown = t.testdir({ 'security.txt': 'Contact: mailto:security@example.com' })
  const refuses = (start: () => unknown, problem: RegExp) =>
    t.throws(start, { name: 'ConfigError', problems: [problem] })
  const env = { DATABASE_URL: 'sqlite::memory:', ISSUER: issuer, WELL_KNOWN: wellKnown }
  refuses(() => loadConfig(env, '/nonexistent'), /^WELL_KNOWN: .*security\.txt needs one Expires/)
  // A wrong issuer comes first.
  refuses(() => loadConfig({ ...env, ISSUER: 'auth' }, '/nonexistent'), /^ISSUER is/)
  const options = { databaseUrl: 'sqlite::memory:', issuer, wellKnown }
  refuses(() => configFrom(options), /^wellKnown: .* needs one Expires/)
  t.end()
})
