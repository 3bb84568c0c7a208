import t from 'tap'
import { testStandard } from './scenarios.ts'
import { sp80063b } from './sp80063b.ts'

testStandard(t, sp80063b)
