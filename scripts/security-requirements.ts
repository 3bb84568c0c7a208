import { nistAuthenticators } from './security-requirements/nist-authenticators.ts'
import { nistGeneral } from './security-requirements/nist-general.ts'
import { nistLevels } from './security-requirements/nist-levels.ts'
import { nistPasswords } from './security-requirements/nist-passwords.ts'
import { nistRecovery } from './security-requirements/nist-recovery.ts'
import type { Requirement } from './security-requirements/requirement.ts'
import { v6Authentication } from './security-requirements/v6-authentication.ts'
import { v6Factors } from './security-requirements/v6-factors.ts'
import { v6Passwords } from './security-requirements/v6-passwords.ts'
import { v7 } from './security-requirements/v7.ts'
import { v9 } from './security-requirements/v9.ts'
import { v10Clients } from './security-requirements/v10-clients.ts'
import { v10Server } from './security-requirements/v10-server.ts'

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
    covers: /^(6|7|9|10)\./,
    requirements: [...v6Passwords, ...v6Authentication, ...v6Factors, ...v7, ...v9, ...v10Clients, ...v10Server]
  },
  {
    name: 'NIST SP 800-63B-4',
    cite: 'NIST SP 800-63B-4',
    covers: /^(2|3\.[12]|4\.[12])(\.|$)/,
    requirements: [...nistLevels, ...nistPasswords, ...nistAuthenticators, ...nistGeneral, ...nistRecovery]
  }
]
