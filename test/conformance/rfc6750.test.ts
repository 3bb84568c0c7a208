import t from 'tap'
import { rfc6750 } from './rfc6750.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc6750)
