import { moment } from './intl.ts'
import type { components } from './openapi.d.ts'
import { timeOfId } from './pages/audit/ids.ts'
import { texts } from './texts.ts'

type Session = components['schemas']['Session']
type Login = Pick<Session, 'id' | 'user_agent' | 'created_at'>

/** The name of a login: its device and when it began. */
export const nameOfLogin = ({ user_agent, created_at }: Omit<Login, 'id'>) =>
  texts.common.login(deviceOf(user_agent), moment.format(new Date(created_at)))

/**
 * The name of the login `id`: that of one in `logins`, or otherwise when it began, which its id says; `undefined` if it
 * is not the id of a login.
 */
export function nameOfLoginId(id: string, logins: Login[] = []): string | undefined {
  const login = logins.find(each => each.id === id)
  if (login) return nameOfLogin(login)
  const began = timeOfId(id)
  return began && texts.common.loginOf(moment.format(began))
}

// The order matters: browsers also name the older ones that they are compatible with.
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex'],
  [/\b(DuckDuckGo|Ddg)\//, 'DuckDuckGo'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Headless Chrome'],
  [/; wv\)|\b(iPhone|iPad)\b.* AppleWebKit\/(?!.*(Safari|CriOS)\/)/, 'WebView'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.* Safari\//, 'Safari']
]
const systems: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux']
]
const mostCharacters = 40

const find = (names: [RegExp, string][], text: string) => names.find(([pattern]) => pattern.test(text))?.[1]

/**
 * A User-Agent header in at most a few words: the browser and the system, such as "Firefox on Linux"; the name of a
 * bot; or otherwise the first product, such as "curl".
 */
export function deviceOf(userAgent: string | null): string {
  const text = userAgent?.trim()
  if (!text) return texts.common.unknown
  const bot = /\bcompatible; ([\w.-]+)/.exec(text)?.[1]
  // Apps on iPhones write a space in their name as %20.
  const product = /^[^\s/(;,]+/.exec(text)?.[0].replaceAll('%20', ' ') ?? text
  const name = (bot ?? find(browsers, text) ?? product).slice(0, mostCharacters)
  const system = bot === undefined && find(systems, text)
  return system ? texts.common.deviceOn(name, system) : name
}
