import { test } from 'tap'
import { createCli } from '../support/cli.ts'

interface Key {
  kid: string
  state: string
}

test('keys list, rotate and retire show the state of each key', async t => {
  const { sallyport } = createCli(t)
  const json = async (...args: string[]): Promise<Key[]> =>
    JSON.parse((await sallyport(['keys', ...args, '--json'])).out)
  const states = (keys: Key[]) => keys.map(({ state }) => state)
  const [first] = await json('list')
  t.match((await sallyport(['keys', 'list'])).out, new RegExp(`^kid .*\n${first?.kid}  ES256 +signs .*\n$`))

  t.same(states(await json('rotate')), ['signs', 'published'])
  t.match(
    (await sallyport(['keys', 'rotate', '--now'])).out,
    /^kid .*\n.* verifies .*\n.* published .*\n(.*?) {2}.* signs .*\nThe new key \1 signs now\.\n$/
  )
  t.same(states(await json('retire', String(first?.kid))), ['expired', 'published', 'signs'])
  const [, published] = await json('list')
  t.match((await sallyport(['keys', 'retire', String(published?.kid)])).out, / expired .*\n.* expired .*\n.* signs /)
})

test('keys rotate says from when the new key signs', async t => {
  const { sallyport } = createCli(t)
  const { out } = await sallyport(['keys', 'rotate'])
  t.match(
    out,
    /\n(\S+) {2}ES256 +published {2}\S+ +(\S+Z) .*\nThe new key \1 signs from \2; until then, the old one does\.\n$/
  )
})

test('keys retire refuses to retire the last signing key or an unknown key', async t => {
  const { sallyport } = createCli(t)
  const [{ kid }] = JSON.parse((await sallyport(['keys', 'list', '--json'])).out)
  t.same(await sallyport(['keys', 'retire', kid]), {
    code: 1,
    out: '',
    err: 'No other key can sign yet. Rotate the keys first.\n'
  })
  t.same(await sallyport(['keys', 'retire', 'nothing']), {
    code: 1,
    out: '',
    err: 'There is no published key nothing.\n'
  })
})
