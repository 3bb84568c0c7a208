import { language } from './language.ts'
import type { Texts } from './texts/en.ts'

const files: Record<typeof language, () => Promise<Texts>> = {
  en: () => import('./texts/en.ts'),
  de: () => import('./texts/de.ts')
}

/** The texts in the language of the reader. */
export const texts = await files[language]()

/** The text for a name of the server, such as a scope, which may be any; `undefined` if there is none. */
export const textFor = (texts: Record<string, string>, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined
