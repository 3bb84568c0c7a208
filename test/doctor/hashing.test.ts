import { test } from 'tap'
import { checkHashing, type Hashing } from '../../src/doctor/hashing.ts'

/** The findings when a hash takes this many milliseconds. */
function timed(tookMs: number, hashing: Partial<Hashing> = {}) {
  let time = 1000
  const hash = async () => {
    time += tookMs
  }
  return checkHashing({ cost: 12, concurrency: 4, cores: 4, threads: 4, ...hashing }, hash, () => time)
}

test('reports the time of a hash and the resulting logins per second', async t => {
  t.same(await timed(200), [
    {
      check: 'hash-time',
      level: 'ok',
      text: 'A hash at cost 12 takes 200 ms: about 20 logins per second (4 at once).'
    }
  ])
})

test('measures the configured cost', async t => {
  const costs: number[] = []
  const hash = async (cost: number) => costs.push(cost)
  await checkHashing({ cost: 11, concurrency: 1, cores: 1, threads: 4 }, hash, () => 0)
  t.same(costs, [11])
})

test('under 50 ms is a warning to raise the cost, over one second a warning to lower it', async t => {
  for (const [tookMs, level, text] of [
    [49, 'warning', /takes 49 ms.*\. Raise BCRYPT_COST\.$/],
    [50, 'ok', /takes 50 ms: about 80 logins/],
    [1000, 'ok', /takes 1000 ms: about 4\.0 logins/],
    [1001, 'warning', /\. Lower BCRYPT_COST, but not below 10/]
  ] as const)
    t.match(await timed(tookMs), [{ check: 'hash-time', level, text }])
})

test('the setting, cores and threads limit the number of concurrent hashes', async t => {
  for (const [hashing, text] of [
    [{ concurrency: 2 }, /10 logins per second \(2 at once\)/],
    [{ cores: 1 }, /5\.0 logins per second \(1 at once\)/],
    [{ cores: 16, concurrency: 16 }, /20 logins per second \(4 at once, limited by UV_THREADPOOL_SIZE\)/]
  ] as const)
    t.match(await timed(200, hashing), [{ text }])
})
