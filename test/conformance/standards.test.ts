import t from 'tap'
import { testStandard } from './scenarios.ts'
import { standards } from './standards.ts'

for (const standard of standards) testStandard(t, standard)
