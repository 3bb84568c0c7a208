import t from 'tap'
import { rfc7662 } from './rfc7662.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc7662)
