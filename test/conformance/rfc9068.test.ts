import t from 'tap'
import { rfc9068 } from './rfc9068.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9068)
