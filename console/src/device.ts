import { texts } from './texts.ts'

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
