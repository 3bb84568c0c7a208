import t from 'tap'
import { rfc9110 } from './rfc9110.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9110)
