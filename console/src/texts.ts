import { language } from './language.ts'
import type { Texts } from './texts/en.ts'

const files: Record<typeof language, () => Promise<{ texts: Texts }>> = {
  en: () => import('./texts/en.ts'),
  de: () => import('./texts/de.ts')
}

/** The texts in the language of the reader. */
export const { texts } = await files[language]()
