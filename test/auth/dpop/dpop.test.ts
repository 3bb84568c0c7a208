import t from 'tap'
import { createDpop, spentProof } from '../../../src/auth/dpop/dpop.ts'
import type { ClientRow } from '../../../src/store/clients.ts'
import type { SpentRow, SpentStore } from '../../../src/store/spent.ts'
import type { Proof } from '../../../src/wire/dpop/proof.ts'
import { createProofSigner, nonceOf } from '../../support/dpop.ts'

const issuer = 'https://auth.example.com/id'
const seconds = 1_769_860_800
const signer = createProofSigner()

/** The service, what it has spent, and the errors of its store, which fails with `broken`. */
function create(dpop: 'off' | 'optional' | 'required' = 'optional', broken?: Error) {
  const [rows, errors] = [new Map<string, SpentRow>(), [] as unknown[]]
  const spent = {
    async add(row: SpentRow) {
      if (broken) throw broken
      const isFirst = !rows.has(row.id)
      rows.set(row.id, row)
      return isFirst
    },
    has: async (id: string) => rows.has(id)
  } as SpentStore
  const service = createDpop({
    config: { dpop, secret: 'a secret of the tests, 32 bytes or more' },
    nodeFeatures: { isOn: () => true },
    spent,
    onUnspent: error => errors.push(error),
    now: () => new Date(seconds * 1000)
  })
  const prove = (changes: object = {}) =>
    signer.prove({
      ...{ jti: 'once', htm: 'POST', htu: `${issuer}/token`, iat: seconds, nonce: nonceOf({ dpop: service }) },
      ...changes
    })
  const proofOf = async (dpop = prove()) =>
    (await service.proofAt({ dpop, method: 'POST', url: `${issuer}/token` })) as Proof
  return { ...service, rows, errors, prove, proofOf }
}

const client = (dpopBound: boolean) => ({
  id: 'c_1',
  confidential: false,
  grants: [],
  scopes: [],
  registered: { dpopBound } as ClientRow
})
const { registered: _, ...firstParty } = client(false)

t.test('A proof is for the issuer and the path of the request (RFC 9449 §4.3)', async t => {
  const { proofOf, prove } = create()
  t.equal((await proofOf()).jkt, signer.jkt)
  await t.rejects(proofOf(prove({ htu: 'https://auth.example.com/token' })), {
    name: 'OAuthError',
    code: 'invalid_dpop_proof',
    message: 'The htu of the proof must be https://auth.example.com/id/token.'
  })
})

t.test('A proof is remembered for a minute longer than it is accepted (RFC 9449 §11.1)', async t => {
  const { proofOf } = create()
  const [row] = spentProof(await proofOf())
  t.equal(row?.expiresAt.getTime(), (seconds + 30 + 60) * 1000)
  t.strictSame(spentProof(undefined), [])
})

t.test('A proof is spent once', async t => {
  const { proofOf, spend } = create()
  const proof = await proofOf()
  await spend(proof)
  const used = { name: 'OAuthError', code: 'invalid_dpop_proof', status: 400, message: /already used/ }
  await t.rejects(spend(proof), used)
  await t.rejects(proofOf(), { ...used, headers: { 'DPoP-Nonce': /\d/ } })
})

t.test('A proof is accepted while the store takes no writes, because its tokens are bound', async t => {
  const broken = new Error('the disk is full')
  const { proofOf, spend, errors } = create('optional', broken)
  await spend(await proofOf())
  t.strictSame(errors, [broken])
})

t.test('An error is that of the proof if another request has spent it', async t => {
  const { proofOf, explain, spend, rows } = create()
  const [proof, error] = [await proofOf(), new Error('another')]
  t.equal(await explain(error, proof), error)
  await spend(proof)
  t.match(await explain(error, proof), { code: 'invalid_dpop_proof' })
  rows.has = () => {
    throw error
  }
  await t.rejects(proofOf(), error, 'an error of the store is not one of the proof')
})

t.test('Who may be without a proof (RFC 9449 §5.2)', async t => {
  const bound = { code: 'invalid_dpop_proof', message: /Send a proof/, headers: { 'DPoP-Nonce': /\d/ } }
  const optional = create('optional')
  for (const one of [firstParty, client(false)]) optional.assertMayBeUnbound(one)
  t.throws(() => optional.assertMayBeUnbound(client(true)), bound)
  const required = create('required')
  for (const one of [firstParty, client(false), client(true)]) t.throws(() => required.assertMayBeUnbound(one), bound)
  const off = create('off')
  for (const one of [firstParty, client(false)]) off.assertMayBeUnbound(one)
  t.throws(() => off.assertMayBeUnbound(client(true)), { code: 'unauthorized_client' })
})
