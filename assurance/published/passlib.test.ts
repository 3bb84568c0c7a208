import t from 'tap'
import { createApp } from '../../test/support/app.ts'
import { runPython, skipWithout } from '../support/python.ts'

interface Passlib {
  versions: { passlib: string; bcrypt: string }
  /** `$bcrypt-sha256$` of each password. */
  sha256: string[]
  verified: boolean[]
  needsUpdate: boolean[]
}

const passlib = (input: { cost: number; passwords: string[]; pairs: [password: string, hash: string][] }) =>
  runPython<Passlib>(new URL('passlib.py', import.meta.url), input)

/** Each with a password that does not match, among them those that bcrypt alone would accept. */
const passwords: [password: string, other: string][] = [
  ['correct horse battery staple', 'correct horse battery stapler'],
  ['fifteen letters', 'Fifteen letters'],
  ['71 bytes '.padEnd(71, 'a'), '71 bytes '.padEnd(72, 'a')],
  ['72 bytes '.padEnd(72, 'b'), `${'72 bytes '.padEnd(72, 'b')}!`],
  ['73 bytes '.padEnd(73, 'c'), `${'73 bytes '.padEnd(72, 'c')}!`],
  ['80 bytes '.padEnd(80, 'd'), `${'80 bytes '.padEnd(72, 'd')}${'e'.repeat(8)}`],
  [`an emoji over the 72nd byte ${'f'.repeat(45)}😀`, `72 bytes end in the emoji ${'f'.repeat(45)}😁`],
  ['pass😀word pass😀word', 'pass😁word pass😁word'],
  ['Gänsefüßchen für Anfänger', 'Gansefusschen fur Anfanger'],
  ['パスワードはとても長いです、本当に', 'パスワードはとても長いです、本当は'],
  ['tab\tand "quotes" \\ and $dollars$', 'tab and "quotes" \\ and $dollars$'],
  ['1,024 bytes '.padEnd(1024, 'g'), '1,024 bytes '.padEnd(1023, 'g')]
]

t.test('Passlib and Sallyport write and read the same hashes', { skip: skipWithout('passlib', 'bcrypt') }, async t => {
  const { app, config } = await createApp(t)
  const made = await Promise.all(passwords.map(([password]) => app.passwords.hash(password)))
  const pairs = passwords.flatMap(([password, other], i): [string, string][] => [
    [password, String(made[i])],
    [other, String(made[i])]
  ])
  const answer = await passlib({ cost: config.bcryptCost, passwords: passwords.map(([password]) => password), pairs })
  const { passlib: version, bcrypt } = answer.versions

  for (const [i, [password, other]] of passwords.entries()) {
    const name = `${JSON.stringify(password.slice(0, 24))}, ${Buffer.byteLength(password)} bytes`
    const sha256 = String(answer.sha256[i])

    for (const hash of [made[i], sha256]) t.match(hash, /^\$bcrypt-sha256\$v=2,t=2b,r=4\$/, name)
    const there = [answer.verified[2 * i], answer.verified[2 * i + 1], answer.needsUpdate[2 * i]]
    t.strictSame(there, [true, false, false], `made here, for passlib: ${name}`)
    const { verify, needsRehash } = app.passwords
    const here = [await verify(password, sha256), await verify(other, sha256), needsRehash(sha256)]
    t.strictSame(here, [true, false, false], `made by passlib, here: ${name}`)
  }
  t.comment(`passlib ${version} with bcrypt ${bcrypt}`)
})
