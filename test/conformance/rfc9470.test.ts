import t from 'tap'
import { rfc9470 } from './rfc9470.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9470)
