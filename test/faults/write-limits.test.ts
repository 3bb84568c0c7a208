import t from 'tap'
import { databaseUrl, engines } from '../support/engines.ts'
import { assertNoRouteIsFree } from '../support/writes/routes.ts'

for (const engine of engines)
  t.test(
    `no route writes more in a minute than its counters allow, from one address prefix or from many, on ${engine}`,
    async t => assertNoRouteIsFree(t, { isLong: true, databaseUrl: await databaseUrl(t, engine) })
  )
