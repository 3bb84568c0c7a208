import t from 'tap'
import { assertNoRouteIsFree } from '../support/writes/routes.ts'

t.test('no route writes without a limit, on sqlite', t => assertNoRouteIsFree(t))
