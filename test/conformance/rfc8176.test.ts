import t from 'tap'
import { rfc8176 } from './rfc8176.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8176)
