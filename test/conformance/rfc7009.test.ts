import t from 'tap'
import { rfc7009 } from './rfc7009.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc7009)
