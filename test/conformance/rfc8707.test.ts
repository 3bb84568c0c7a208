import t from 'tap'
import { rfc8707 } from './rfc8707.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8707)
