import t from 'tap'
import { createApp, createUser } from '../../support/app.ts'
import { guess, logInFrom } from '../../support/guess.ts'

t.test('sixty connections from one address that log in to one account do not keep others out', async t => {
  const { app } = await createApp(t, { hashConcurrency: 2, bcryptCost: 6, limits: ['login=1000000'] })
  for (const name of ['alice', 'bob', 'carol']) await createUser(app, name)
  let isOver = false
  let refused = 0
  const connection = async () => {
    while (!isOver) if ((await logInFrom(app, '198.51.100.7', 'alice')) === 503) refused++
  }
  const flood = Array.from({ length: 60 }, connection)
  for (let round = 0; round < 5; round++)
    for (const name of ['bob', 'carol']) {
      t.equal(await logInFrom(app, `203.0.113.${round}`, name), 200, 'from another address')
      t.equal(await logInFrom(app, `198.51.100.${100 + round}`, name), 200, 'another account at the same prefix')
    }
  isOver = true
  await Promise.all(flood)
  t.ok(refused > 0, `${refused} were refused`)
})

t.test('guesses from very many prefixes do not keep out an owner at a known prefix', async t => {
  const { app } = await createApp(t, { hashConcurrency: 2, bcryptCost: 6 })
  await createUser(app)
  const home = '192.0.2.1'
  t.equal(await logInFrom(app, home), 200)
  let isOver = false
  let refused = 0
  let guesses = 0
  const bot = async (_: unknown, n: number) => {
    for (let round = 0; !isOver; round++) {
      const answer = await guess(app, `10.${n}.${round % 256}.1`, { username: `user${n}-${round}` })
      if (answer.statusCode === 503) refused++
      guesses++
    }
  }
  const botnet = Array.from({ length: 100 }, bot)
  for (let round = 0; round < 10; round++) t.equal(await logInFrom(app, home), 200)
  isOver = true
  await Promise.all(botnet)
  t.ok(refused > 0 && refused < guesses, `${refused} of ${guesses} guesses were refused`)
})
