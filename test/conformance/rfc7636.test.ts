import t from 'tap'
import { rfc7636 } from './rfc7636.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc7636)
