import t from 'tap'
import { rfc9864 } from './rfc9864.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9864)
