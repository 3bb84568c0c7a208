import type { JsonWebKey, KeyObject } from 'node:crypto'
import { CompactSign, compactVerify, importJWK, type JWK } from 'jose'
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
  verify(signed: Signed[]): Promise<boolean[]>
  sign(toSign: ToSign[]): Promise<string[]>
}

const pemOf = (key: KeyObject) => String(key.export({ type: 'pkcs8', format: 'pem' }))

export const jose: OtherProgram = {
  name: 'jose',
  skip: false,
  verify: async signed =>
    await Promise.all(
      signed.map(async ({ alg, jwk, input, signature }) => {
        const key = await importJWK(jwk as JWK, alg)
        return await compactVerify(`${input}.${signature}`, key, { algorithms: [alg] }).then(
          () => true,
          () => false
        )
      })
    ),
  sign: async toSign =>
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
  verify: async signed =>
    await python(signed.map(({ alg, jwk, input, signature }) => ['verify', alg, jwk, input, signature])),
  sign: async toSign =>
    await python(toSign.map(({ alg, privateKey, input }) => ['sign', alg, pemOf(privateKey), input]))
}

/** A signature or a payload with another first character. */
export const altered = (part: string) => `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`
