import t from 'tap'
import { firstPartyApps } from './first-party-apps.ts'
import { testStandard } from './scenarios.ts'

testStandard(t, firstPartyApps)
