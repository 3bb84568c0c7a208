import t from 'tap'
import { rfc9449 } from './rfc9449.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc9449)
