import t from 'tap'
import { rfc8414 } from './rfc8414.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8414)
