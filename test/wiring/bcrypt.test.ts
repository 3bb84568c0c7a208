import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import * as first from '@node-rs/bcrypt'
import t from 'tap'
import { vectorsIn } from '../../assurance/vectors/sets.ts'
import { loadBcrypt } from '../../src/wiring/bcrypt.ts'

const binary = '@node-rs/bcrypt-linux-x64-gnu'
/** Where npm installs the binary of version 2. */
const hasBinary =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  JSON.stringify(process.report.getReport()).includes('"glibcVersionRuntime"')
const loaded = await loadBcrypt()

t.test('Version 2 hashes where it has a binary', async t => {
  t.equal(loaded.hash !== first.hash, hasBinary)
})

t.test('Version 1 hashes where the binary is missing, does not load, or has other arguments', async t => {
  const missing = Object.assign(new Error(`Cannot find module '${binary}'`), { code: 'MODULE_NOT_FOUND' })
  const foreign = Object.assign(new Error('ld-linux-x86-64.so.2: No such file'), { code: 'ERR_DLOPEN_FAILED' })
  const fallbacks = [
    loadBcrypt(() => {
      throw missing
    }),
    loadBcrypt(() => {
      throw foreign
    }),
    loadBcrypt(() => ({ ...first, BCRYPT_API_VERSION: 3 })),
    loadBcrypt(() => first)
  ]
  for (const bcrypt of await Promise.all(fallbacks)) t.equal(bcrypt.verify, first.verify)
})

t.test('Both versions verify the bcrypt hashes that passlib knows, with their passwords only', async t => {
  const { vectors } = vectorsIn<{ password: string; hash: string; result: string }>('passlib')
  const known = vectors.filter(({ hash, result }) => result === 'valid' && /^\$2[aby]\$0/.test(hash))
  t.equal(known.length, 23)
  for (const { password, hash } of known)
    for (const bcrypt of [loaded, first]) {
      t.equal(await bcrypt.verify(password, hash), true, hash)
      t.equal(await bcrypt.verify(`x${password}`, hash), false, hash)
    }
})

/** Bytes that depend on `seed` alone. */
const bytes = (seed: string) => createHash('sha512').update(seed).digest()

const edges = [
  '\0',
  '\x01',
  'a',
  'Z',
  ' ',
  '~',
  '\x7f',
  'é',
  '\u0301',
  '中',
  '\uffff',
  '\ud800',
  '\udfff',
  '😀',
  '\u{10ffff}'
]
/** A password of about `length` characters, which one character more or less than 72 bytes may have. */
const passwordOf = (seed: string, length: number) =>
  Array.from({ length }, (_, i) => edges[bytes(`${seed} ${i}`).readUInt8(0) % edges.length]).join('')

/** The bytes that bcrypt reads of a password: the first 72 of it and a NUL, repeated. */
function keyOf(password: string): string {
  const read = Buffer.concat([Buffer.from(password), Buffer.alloc(1)]).subarray(0, 72)
  return Buffer.alloc(72, read).toString('hex')
}

t.test('Both versions make the same hash of a password, and accept and refuse the same', async t => {
  const lengths = [0, 1, 2, 5, 12, 20, 30, 40, 70]
  const ascii = [70, 71, 72, 73, 80].map(length => 'x'.repeat(length))
  const random = Array.from({ length: 27 }, (_, i) => passwordOf(String(i), lengths[i % lengths.length] ?? 0))
  const wrong: string[] = []
  const verdicts = { accepted: 0, refused: 0 }
  for (const [i, password] of [...ascii, '\0', '\0'.repeat(8), 'pw\0pw', ...random].entries()) {
    const salt = bytes(`salt ${i}`).subarray(0, 16)
    const [made, madeByFirst] = await Promise.all([loaded.hash(password, 4, salt), first.hash(password, 4, salt)])
    if (made !== madeByFirst) wrong.push(`${JSON.stringify(password)}: ${made} and ${madeByFirst}`)
    const stored = `$${['2a', '2b', '2y'][i % 3]}${made.slice(3)}`
    const others = [`${password}x`, `${password}\0${password}`, password.slice(0, -1), `x${password.slice(1)}`]
    for (const tried of [password, ...others]) {
      const isSame = keyOf(tried) === keyOf(password)
      verdicts[isSame ? 'accepted' : 'refused']++
      for (const bcrypt of [loaded, first])
        if ((await bcrypt.verify(tried, stored)) !== isSame) wrong.push(`${JSON.stringify(tried)} against ${stored}`)
    }
  }
  t.strictSame(wrong, [])
  t.strictSame(verdicts, { accepted: 97, refused: 78 })
})

t.test('Both versions read the last characters of salt and digest alike, and refuse what is not a hash', async t => {
  const stored = await first.hash('pw', 4, bytes('salt').subarray(0, 16))
  const verdicts = (hash: string) => Promise.all([loaded, first].map(bcrypt => bcrypt.verify('pw', hash)))
  const accepted = { salt: 0, digest: 0 }
  for (const last of './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') {
    const [salt, saltByFirst] = await verdicts(`${stored.slice(0, 28)}${last}${stored.slice(29)}`)
    const [digest, digestByFirst] = await verdicts(`${stored.slice(0, -1)}${last}`)
    t.same([salt, digest], [saltByFirst, digestByFirst], last)
    if (salt) accepted.salt++
    if (digest) accepted.digest++
  }
  // The last character also has bits beyond the last byte, which must be zero.
  t.same(accepted, { salt: 1, digest: 1 })
  for (const hash of ['', '$2b$04$', `${stored}x`, stored.slice(0, -1), stored.replace('04', '03'), 'not a hash'])
    t.same(await verdicts(hash), [false, false], hash)
})

t.test('The binary also loads in a worker thread', { skip: !hasBinary && 'there is no binary' }, async t => {
  const script = `require('node:worker_threads').parentPort.postMessage(require('${binary}').BCRYPT_API_VERSION)`
  const worker = new Worker(script, { eval: true })
  const version = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  t.equal(version, 2)
})
