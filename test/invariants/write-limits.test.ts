import t from 'tap'
import { assertNoRouteIsFree } from '../support/writes/routes.ts'

t.test('No route writes without a limit', t => assertNoRouteIsFree(t))
