import { OAuthError } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { SpentRow, SpentStore } from '../../store/spent.ts'
import type { TokenScheme } from '../../wire/authenticate-header.ts'
import { type BindingFault, bindingFault } from '../../wire/dpop/binding.ts'
import { DpopRefusal } from '../../wire/dpop/dpop-refusal.ts'
import { createNonces, takesNonce } from '../../wire/dpop/nonces.ts'
import { createProofReader, type Proof, type ProofRequest } from '../../wire/dpop/proof.ts'
import type { Client } from '../clients/clients.ts'
import type { NodeFeatures } from '../node-features.ts'

export type Dpop = ReturnType<typeof createDpop>

/** How much longer a used proof is remembered than it is accepted, in milliseconds, for a clock that is set back. */
const marginMs = 60_000

/** Proofs of possession of a key (DPoP, RFC 9449): at the OAuth endpoints, and at the resources of this server. */
export function createDpop({
  config,
  nodeFeatures,
  spent,
  onUnspent,
  now
}: {
  config: Secrets & { dpop: 'off' | 'optional' | 'required' }
  nodeFeatures: Pick<NodeFeatures, 'isOn'>
  spent: SpentStore
  /** Receives the error when `spend` could not remember a proof. */
  onUnspent: (error: unknown) => void
  now: () => Date
}) {
  const nonces = createNonces(config, now)
  const read = createProofReader({ now, nonces })
  const isOn = config.dpop !== 'off'

  const refused = ({ code, message }: DpopRefusal) =>
    new OAuthError(code, message, { headers: { 'DPoP-Nonce': nonces.current() } })

  return {
    isOn,

    /**
     * Whether a proof of the client, or of any, binds what is not bound yet. While a node does not know DPoP, it binds
     * only what has to be bound, because that node would end the login.
     */
    binds: (client?: Client) =>
      isOn && (config.dpop === 'required' || client?.registered?.dpopBound === true || nodeFeatures.isOn('dpop')),

    /**
     * The `DPoP-Nonce` header for a request that `takesNonce`, or for any request without `headers`; none if DPoP is off.
     */
    nonceHeaders: (headers?: Parameters<typeof takesNonce>[0]): Record<string, string> =>
      isOn && (headers === undefined || takesNonce(headers)) ? { 'DPoP-Nonce': nonces.current() } : {},

    /**
     * The fault of a token that is not bound as it has to be (`bindingFault`), or comes without a proof for
     * `requestOf()`. Where `DPOP` is `required`, it has to be, except a personal access token, which has no client.
     * Throws only what `requestOf` throws.
     */
    findBindingFault(
      { cnf, client_id }: { cnf?: { jkt: string } | undefined; client_id?: string | undefined },
      { scheme, token }: { scheme: TokenScheme; token: string },
      requestOf: () => ProofRequest
    ): BindingFault | undefined {
      if (cnf === undefined && client_id !== undefined && config.dpop === 'required')
        return { error: 'invalid_token', detail: 'The access token must be bound to a key.', scheme: 'DPoP' }
      return bindingFault({ cnf, scheme, token }, isOn ? bound => read(requestOf(), bound) : undefined)
    },

    /**
     * The proof of a request to an OAuth endpoint; `undefined` when it has none, or `DPOP` is `off`. Throws
     * `invalid_dpop_proof`, also for a proof that was used, and `use_dpop_nonce`.
     */
    async proofAt(request: ProofRequest): Promise<Proof | undefined> {
      if (!isOn || request.dpop === undefined) return undefined
      try {
        const proof = read(request)
        if (await spent.has(proof.id)) throw usedProof()
        return proof
      } catch (error) {
        throw error instanceof DpopRefusal ? refused(error) : error
      }
    },

    /**
     * Throws `invalid_dpop_proof` for a token request without a proof where `DPOP` is `required` or the client has
     * asked for that (RFC 9449 §5.2). Such a client gets no token while `DPOP` is `off`: `unauthorized_client`.
     */
    assertMayBeUnbound({ registered }: Client) {
      if (!isOn && registered?.dpopBound)
        throw new OAuthError('unauthorized_client', 'The tokens of this client are bound to a key, which is off here.')
      if (config.dpop === 'required' || registered?.dpopBound)
        throw refused(new DpopRefusal('Send a proof in the header DPoP: tokens are bound to a key here.'))
    },

    /** The error of a request that failed with `error`: `invalid_dpop_proof` if another one has used its proof. */
    async explain(error: unknown, proof: Proof): Promise<unknown> {
      return (await spent.has(proof.id)) ? refused(usedProof()) : error
    },

    /**
     * Spends a proof whose request writes nothing else. Throws `invalid_dpop_proof` when it was used at the same time.
     * While the store takes no writes, the proof is accepted: its tokens are useless without the key.
     */
    async spend(proof: Proof): Promise<void> {
      const isFirst = await spent.add(rowOf(proof)).catch(error => {
        onUnspent(error)
        return true
      })
      if (!isFirst) throw refused(usedProof())
    }
  }
}

const usedProof = () => new DpopRefusal('The proof was already used. Make a new one for each request.')

const rowOf = ({ id, expiresAt }: Proof): SpentRow => ({ id, expiresAt: new Date(expiresAt.getTime() + marginMs) })

/** The rows that the change spends which a proof has allowed. */
export const spentProof = (proof: Proof | undefined): SpentRow[] => (proof ? [rowOf(proof)] : [])
