import t from 'tap'
import { attacks } from './attacks.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, attacks)
