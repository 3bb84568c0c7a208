import { createHmac, generateKeyPairSync, sign, verify } from 'node:crypto'

/** The mean processor time of one call of `work`, in microseconds. */
function microsOf(work: () => unknown, count: number) {
  for (let n = 0; n < count / 10; n++) work()
  const begin = process.cpuUsage()
  for (let n = 0; n < count; n++) work()
  const { user, system } = process.cpuUsage(begin)
  return (user + system) / count
}

/** The processor time of the cryptography of a token, in microseconds: ES256, and the HMAC of a refresh token. */
export function cryptoMicros() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const text = Buffer.alloc(400, 'a')
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = sign('sha256', text, key)
  return {
    sign: microsOf(() => sign('sha256', text, key), 5000),
    verify: microsOf(() => verify('sha256', text, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature), 5000),
    hmac: microsOf(() => createHmac('sha256', 'k'.repeat(32)).update('x'.repeat(40)).digest('base64url'), 50_000)
  }
}
