import { nistAuthenticators } from './security-requirements/nist-authenticators.ts'
import { nistGeneral } from './security-requirements/nist-general.ts'
import { nistLevels } from './security-requirements/nist-levels.ts'
import { nistPasswords } from './security-requirements/nist-passwords.ts'
import { nistRecovery } from './security-requirements/nist-recovery.ts'
import type { Requirement } from './security-requirements/requirement.ts'
import { v1 } from './security-requirements/v1.ts'
import { v2 } from './security-requirements/v2.ts'
import { v3Origins } from './security-requirements/v3-origins.ts'
import { v3Pages } from './security-requirements/v3-pages.ts'
import { v4 } from './security-requirements/v4.ts'
import { v6Authentication } from './security-requirements/v6-authentication.ts'
import { v6Factors } from './security-requirements/v6-factors.ts'
import { v6Passwords } from './security-requirements/v6-passwords.ts'
import { v7 } from './security-requirements/v7.ts'
import { v8 } from './security-requirements/v8.ts'
import { v9 } from './security-requirements/v9.ts'
import { v10Clients } from './security-requirements/v10-clients.ts'
import { v10Server } from './security-requirements/v10-server.ts'
import { v11Keys } from './security-requirements/v11-keys.ts'
import { v11Primitives } from './security-requirements/v11-primitives.ts'
import { v12 } from './security-requirements/v12.ts'
import { v13 } from './security-requirements/v13.ts'
import { v14 } from './security-requirements/v14.ts'
import { v15Architecture } from './security-requirements/v15-architecture.ts'
import { v15Code } from './security-requirements/v15-code.ts'
import { v16Events } from './security-requirements/v16-events.ts'
import { v16Logs } from './security-requirements/v16-logs.ts'

export interface SecurityStandard {
  name: string
  /** How the name of a test cites it, before the number. */
  cite: 'ASVS' | 'NIST SP 800-63B-4'
  /** The numbers that the table has. */
  covers: RegExp
  requirements: Requirement[]
}

/** The requirements of `docs/security/asvs.md`: OWASP ASVS 5.0.0 and NIST SP 800-63B-4 of August 2025. */
export const securityStandards: SecurityStandard[] = [
  {
    name: 'OWASP ASVS 5.0',
    cite: 'ASVS',
    covers: /^(?:[1-46-9]|1[0-6])\./,
    requirements: [
      ...v1,
      ...v2,
      ...v3Pages,
      ...v3Origins,
      ...v4,
      ...v6Passwords,
      ...v6Authentication,
      ...v6Factors,
      ...v7,
      ...v8,
      ...v9,
      ...v10Clients,
      ...v10Server,
      ...v11Keys,
      ...v11Primitives,
      ...v12,
      ...v13,
      ...v14,
      ...v15Architecture,
      ...v15Code,
      ...v16Logs,
      ...v16Events
    ]
  },
  {
    name: 'NIST SP 800-63B-4',
    cite: 'NIST SP 800-63B-4',
    covers: /^(2|3\.[12]|4\.[12])(\.|$)/,
    requirements: [...nistLevels, ...nistPasswords, ...nistAuthenticators, ...nistGeneral, ...nistRecovery]
  }
]
