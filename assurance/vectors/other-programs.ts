import { spawnSync } from 'node:child_process'
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactSign, compactVerify, importJWK, type JWK } from 'jose'
import type { Test } from 'tap'
import { skipWithoutProgram } from '../support/debian.ts'
import { runPython, skipWithout } from '../support/python.ts'

/** The input and the signature of a JWS, and the key that should have made it. */
export interface Signed {
  alg: string
  jwk: JsonWebKey
  input: string
  signature: string
}

/** Something to sign. */
export interface ToSign {
  alg: string
  privateKey: KeyObject
  input: string
}

/** A program or library other than ours that verifies and signs, several at once. */
export interface OtherProgram {
  name: string
  /** Why its tests are skipped, or `false`. */
  skip: string | false
  verify(t: Test, signed: Signed[]): Promise<boolean[]>
  sign(t: Test, toSign: ToSign[]): Promise<string[]>
}

const pemOf = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }))

export const jose: OtherProgram = {
  name: 'jose',
  skip: false,
  verify: async (_t, signed) =>
    await Promise.all(
      signed.map(async ({ alg, jwk, input, signature }) => {
        const key = await importJWK(jwk as JWK, alg)
        return await compactVerify(`${input}.${signature}`, key, { algorithms: [alg] }).then(
          () => true,
          () => false
        )
      })
    ),
  sign: async (_t, toSign) =>
    await Promise.all(
      toSign.map(async ({ input, privateKey }) => {
        const [header = '', payload = ''] = input.split('.').map(part => Buffer.from(part, 'base64url'))
        const jws = await new CompactSign(payload as Buffer)
          .setProtectedHeader(JSON.parse(String(header)))
          .sign(privateKey)
        return jws.slice(input.length + 1)
      })
    )
}

/** Runs jobs in signatures.py. */
export const python = <T>(jobs: unknown[][]) => runPython<T[]>(new URL('signatures.py', import.meta.url), jobs)

export const cryptography: OtherProgram = {
  name: 'python3-cryptography',
  skip: skipWithout('cryptography'),
  verify: async (_t, signed) =>
    await python(signed.map(({ alg, jwk, input, signature }) => ['verify', alg, jwk, input, signature])),
  sign: async (_t, toSign) =>
    await python(toSign.map(({ alg, privateKey, input }) => ['sign', alg, pemOf(privateKey), input]))
}

/** The options of `openssl pkeyutl` for an algorithm. */
function optionsOf(alg: string): string[] {
  if (alg.startsWith('Ed')) return ['-rawin']
  const pss = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:32']
  return ['-rawin', '-digest', 'sha256', ...(alg === 'PS256' ? pss : [])]
}

/** The two integers of ES256 in DER, as OpenSSL has them, and side by side, as a JWS has them (RFC 7518 §3.4). */
const der = {
  from(bytes: Buffer): Buffer {
    const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)].map(half => {
      const digits = half.toString('hex').replace(/^(00)+/, '')
      const integer = Buffer.from(/^[89a-f]/.test(digits) ? `00${digits}` : digits, 'hex')
      return Buffer.concat([Buffer.from([2, integer.length]), integer])
    }) as [Buffer, Buffer]
    return Buffer.concat([Buffer.from([0x30, r.length + s.length]), r, s])
  },
  to(bytes: Buffer): Buffer {
    const middle = 4 + Number(bytes[3])
    const halves = [bytes.subarray(4, middle), bytes.subarray(middle + 2)]
    return Buffer.concat(halves.map(half => Buffer.concat([Buffer.alloc(32), half]).subarray(-32)))
  }
}

export const openssl: OtherProgram = {
  name: 'openssl',
  skip: skipWithoutProgram('openssl'),
  async verify(t, signed) {
    const at = (name: string) => join(folder, name)
    const folder = t.testdir()
    return signed.map(({ alg, jwk, input, signature }) => {
      const bytes = Buffer.from(signature, 'base64url')
      writeFileSync(at('key.pem'), createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
      writeFileSync(at('input'), input)
      writeFileSync(at('signature'), alg === 'ES256' ? der.from(bytes) : bytes)
      const files = ['-inkey', at('key.pem'), '-in', at('input'), '-sigfile', at('signature')]
      const { status, stdout, stderr } = run(['pkeyutl', '-verify', '-pubin', ...optionsOf(alg), ...files])
      if (!/Signature Verif(ied Successfully|ication Failure)/.test(stdout)) throw new Error(stderr)
      return status === 0
    })
  },
  async sign(t, toSign) {
    const at = (name: string) => join(folder, name)
    const folder = t.testdir()
    return toSign.map(({ alg, privateKey, input }) => {
      writeFileSync(at('key.pem'), pemOf(privateKey))
      writeFileSync(at('input'), input)
      const files = ['-inkey', at('key.pem'), '-in', at('input'), '-out', at('signature')]
      const { status, stderr } = run(['pkeyutl', '-sign', ...optionsOf(alg), ...files])
      if (status !== 0) throw new Error(stderr)
      const bytes = readFileSync(at('signature'))
      return (alg === 'ES256' ? der.to(bytes) : bytes).toString('base64url')
    })
  }
}

const run = (given: string[]) => spawnSync('openssl', given, { encoding: 'utf8' })

/** A signature or a payload with another first character. */
export const altered = (part: string) => `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`
