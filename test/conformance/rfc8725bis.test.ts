import t from 'tap'
import { rfc8725bis } from './rfc8725bis.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, rfc8725bis)
