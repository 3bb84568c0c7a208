import t from 'tap'
import { rfc9728 } from './rfc9728.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9728)
