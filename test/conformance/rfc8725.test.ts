import t from 'tap'
import { rfc8725 } from './rfc8725.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8725)
