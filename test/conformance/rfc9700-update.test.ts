import t from 'tap'
import { rfc9700Update } from './rfc9700-update.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9700Update)
