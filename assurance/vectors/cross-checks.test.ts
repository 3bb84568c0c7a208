import { testSignatures } from './cross-checks.ts'
import { jose } from './other-programs.ts'

testSignatures(jose)
