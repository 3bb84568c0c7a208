import { test } from 'tap'
import { checkHashing } from '../../src/doctor/hashing.ts'

/** The findings when a hash takes this many milliseconds. */
function timed(
  tookMs: number,
  {
    concurrency = 4,
    cores = 4,
    threads = 6,
    databaseUrl = 'sqlite:a.db',
    workers = 1,
    passwordHash = 'bcrypt' as 'bcrypt' | 'argon2id'
  } = {}
) {
  let time = 1000
  const hash = async () => {
    time += tookMs
  }
  const config = { passwordHash, bcryptCost: 12, hashConcurrency: concurrency, databaseUrl, workers }
  return checkHashing({ config, cores, threads }, hash, () => time)
}

test('The check reports the time of a hash and the resulting logins per second', async t => {
  t.same(await timed(200), [
    {
      check: 'hash-time',
      level: 'ok',
      text: 'A hash with bcrypt at cost 12 takes 200 ms: about 20 logins per second (4 at once).'
    },
    { check: 'hash-threads', level: 'ok', text: 'The process has threads enough for its hashes.' }
  ])
})

test('The check measures a hash of the settings', async t => {
  const measured: unknown[] = []
  const hash = async (settings: unknown) => measured.push(settings)
  const config = {
    passwordHash: 'bcrypt' as const,
    bcryptCost: 11,
    hashConcurrency: 1,
    databaseUrl: 'sqlite:a.db',
    workers: 1
  }
  await checkHashing({ config, cores: 1, threads: 4 }, hash, () => 0)
  t.strictSame(measured, [config])
})

test('Under 50 ms is a warning to raise the cost, over one second a warning to lower it', async t => {
  for (const [tookMs, level, text] of [
    [49, 'warning', /takes 49 ms.*\. Raise BCRYPT_COST\.$/],
    [50, 'ok', /takes 50 ms: about 80 logins/],
    [1000, 'ok', /takes 1000 ms: about 4\.0 logins/],
    [1001, 'warning', /\. Lower BCRYPT_COST, but not below 10/]
  ] as const)
    t.match(await timed(tookMs), [{ check: 'hash-time', level, text }])
  const argon2 = { passwordHash: 'argon2id' } as const
  t.match(await timed(30, argon2), [{ level: 'ok', text: /^A hash with Argon2id takes 30 ms/ }])
  t.match(await timed(1001, argon2), [{ level: 'warning', text: /\. Use a faster machine\.$/ }])
})

test('The setting, cores and threads limit the number of concurrent hashes', async t => {
  for (const [hashing, text] of [
    [{ concurrency: 2 }, /10 logins per second \(2 at once\)/],
    [{ cores: 1 }, /5\.0 logins per second \(1 at once\)/],
    [{ cores: 16, concurrency: 16 }, /20 logins per second \(4 at once\)/],
    [{ databaseUrl: 'postgres://127.0.0.1/a', threads: 3 }, /15 logins per second \(3 at once\)/]
  ] as const)
    t.match(await timed(200, hashing), [{ text }])
})

test('A pool without threads for the syncs of SQLite is a warning that says its size', async t => {
  const [, found] = await timed(200, { threads: 4 })
  t.strictSame(found, {
    check: 'hash-threads',
    level: 'warning',
    text: 'Passwords are hashed 2 at a time instead of 4, because the process has 4 threads for hashes and files. Start it with UV_THREADPOOL_SIZE=6 in its environment.'
  })
  t.match(await timed(200, { threads: 4, databaseUrl: 'postgres://127.0.0.1/a' }), [{}, { level: 'ok' }])
  t.match(
    await timed(200, { threads: 4, workers: 2 }),
    [{ text: /4 at once/ }, { level: 'ok' }],
    'each hashes its share'
  )
  t.match(await timed(200, { threads: 1 }), [{ text: /1 at once/ }, { level: 'warning', text: /1 at a time/ }])
})
