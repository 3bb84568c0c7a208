import t from 'tap'
import { oidc } from './oidc.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, oidc)
