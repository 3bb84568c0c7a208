import t from 'tap'
import { rfc9700 } from './rfc9700.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9700)
