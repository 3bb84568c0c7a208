import t from 'tap'
import { refreshTokenExpiration } from './refresh-token-expiration.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, refreshTokenExpiration)
