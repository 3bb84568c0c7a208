import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { type HttpRequest, postForm } from './request.ts'

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A client's key, which signs DPoP proofs (RFC 9449 §4.2) for requests to the server at `url`. */
export async function createProver(url: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = base64url({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) })

  /** The nonce comes with the refusal of a proof. */
  async function nonceNow(): Promise<string> {
    const {
      method,
      path,
      headers: form,
      body = ''
    } = postForm('/token', { grant_type: 'refresh_token', refresh_token: '-' })
    const { headers } = await fetch(url + path, { method, headers: { ...form, dpop: '-' }, body })
    const nonce = headers.get('dpop-nonce')
    if (nonce === null) throw new Error('Sallyport answers a proof without a nonce')
    return nonce
  }

  return {
    /** So many proofs for a request, which are good for 30 seconds. With a token, they are for a resource. */
    async prove({ method, path }: HttpRequest, { count, token }: { count: number; token?: string }): Promise<string[]> {
      const ath = token && createHash('sha256').update(token).digest('base64url')
      const claims = { htm: method, htu: url + path, nonce: await nonceNow(), ath }
      return Array.from({ length: count }, () => {
        const payload = base64url({ ...claims, jti: randomUUID(), iat: Math.floor(Date.now() / 1000) })
        const input = `${header}.${payload}`
        const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
        return `${input}.${signature.toString('base64url')}`
      })
    }
  }
}

/** The request with a proof, and if it has a token, with the scheme of bound tokens. */
export function proved(request: HttpRequest, proof: string | undefined): HttpRequest {
  if (proof === undefined) throw new Error('There are not enough proofs for the measurement')
  const headers = { ...request.headers, dpop: proof }
  const { authorization } = headers as Record<string, string>
  if (authorization !== undefined) Object.assign(headers, { authorization: authorization.replace('Bearer', 'DPoP') })
  return { ...request, headers }
}
