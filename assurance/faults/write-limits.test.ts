import t from 'tap'
import { databaseUrl, engines } from '../../test/support/engines.ts'
import { assertNoRouteIsFree } from '../../test/support/writes/routes.ts'

const parts = 12

for (const engine of engines)
  for (let part = 0; part < parts; part++)
    t.test(
      `No route writes more in a minute than its counters allow, from one prefix or many, part ${part}, on ${engine}`,
      async t =>
        assertNoRouteIsFree(t, { isLong: true, databaseUrl: await databaseUrl(t, engine), part: [part, parts] })
    )
