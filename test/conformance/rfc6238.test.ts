import t from 'tap'
import { rfc6238 } from './rfc6238.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc6238)
