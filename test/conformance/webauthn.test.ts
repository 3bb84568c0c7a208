import t from 'tap'
import { testStandard } from './scenarios.ts'
import { webauthn } from './webauthn.ts'

testStandard(t, webauthn)
