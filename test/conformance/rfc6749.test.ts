import t from 'tap'
import { rfc6749 } from './rfc6749.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc6749)
