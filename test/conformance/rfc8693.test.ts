import t from 'tap'
import { rfc8693 } from './rfc8693.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8693)
