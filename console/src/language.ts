import { ofBrowser } from './storage.ts'

/** The languages of the console, by their own names. */
export const languages = { en: 'English', de: 'Deutsch' } as const
type Language = keyof typeof languages

const { navigator } = globalThis as { navigator?: { languages: readonly string[] } }
const wanted = navigator?.languages ?? []
const isKnown = (tag: string | null | undefined): tag is Language => tag != null && Object.hasOwn(languages, tag)

/** Where the choice of a language is kept. */
export const languageKey = 'sallyport language'
const kept = ofBrowser?.getItem(languageKey)

/** The language that the person chose in this browser. Without one, the console follows the browser. */
export const chosen: Language | undefined = isKnown(kept) ? kept : undefined

/** The language of the texts. */
export const language: Language = chosen ?? wanted.map(tag => tag.split('-')[0]).find(isKnown) ?? 'en'

// Whether the reader's day has 24 hours; languages that the console lacks count too.
const { hourCycle } = new Intl.DateTimeFormat(wanted[0], { hour: 'numeric' }).resolvedOptions()

/**
 * The locale of times and numbers: that of the browser; if it is of another language than the texts, only its clock.
 */
export const locale: string = wanted[0]?.split('-')[0] === language ? wanted[0] : `${language}-u-hc-${hourCycle}`
