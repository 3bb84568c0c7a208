import t from 'tap'
import { createSealedTokens, spentRow } from '../../../src/auth/keys/sealed-tokens.ts'

const secrets = { secret: 'a secret of the tests, 32 bytes or more' }
const token = { id: 'one', expiresAt: 1000 }

t.test('A token of one kind is not accepted as another, and its use spends no other', async t => {
  const now = () => new Date(0)
  const [codes, sessions] = ['codes', 'auth-sessions'].map(purpose => createSealedTokens(secrets, purpose, now))
  t.same(codes?.open(codes.seal(token)), token)
  t.equal(sessions?.open(String(codes?.seal(token))), undefined)
  t.not(spentRow('code', token).id, spentRow('auth-session', token).id)
})

t.test('A token is accepted until it expires, and remembered as spent for a minute longer', async t => {
  let seconds = 999
  const { seal, open } = createSealedTokens(secrets, 'codes', () => new Date(seconds * 1000))
  const sealed = seal(token)
  t.same(open(sealed), token)
  seconds = 1000
  t.equal(open(sealed), undefined)
  t.same(spentRow('code', token).expiresAt, new Date(1_060_000))
})

t.test('A sealed token begins with 264 random bits (draft-ietf-oauth-first-party-apps §5.3.1)', async t => {
  const { seal } = createSealedTokens(secrets, 'codes', () => new Date(0))
  const salts = Array.from({ length: 50 }, () => seal(token).slice(0, 44))
  t.equal(new Set(salts.flatMap(salt => [salt, salt.slice(0, 22), salt.slice(22)])).size, 150)
  t.equal(Buffer.from(String(salts[0]), 'base64url').length, 33)
})
