import t from 'tap'

// Tests in which errors are thrown where nothing catches them.
const soon = () => new Promise(resolve => setTimeout(resolve, 50))

t.test('throws', async () => {
  setTimeout(() => {
    throw new Error('thrown in a timer')
  })
  await soon()
})
t.test('holds a test', async t => {
  await t.test('rejects', async () => {
    void Promise.reject(new Error('rejected'))
    await soon()
  })
})
t.test('listens', async t => {
  const errors: Error[] = []
  process.once('uncaughtException', error => errors.push(error))
  setTimeout(() => {
    throw new Error('of the test itself')
  })
  await soon()
  t.match(errors, [{ message: 'of the test itself' }])
})
