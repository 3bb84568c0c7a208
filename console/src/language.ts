/** The languages of the console, by their own names. */
export const languages = { en: 'English' } as const
export type Language = keyof typeof languages

const { navigator } = globalThis as { navigator?: { languages: readonly string[] } }
const wanted = navigator?.languages ?? []
const isKnown = (tag: string | undefined): tag is Language => tag !== undefined && Object.hasOwn(languages, tag)

/** The first language of the browser that the console has. */
export const language: Language = wanted.map(tag => tag.split('-')[0]).find(isKnown) ?? 'en'

// Whether the reader's day has 24 hours; languages that the console lacks count too.
const { hourCycle } = new Intl.DateTimeFormat(wanted[0], { hour: 'numeric' }).resolvedOptions()

/** The locale of times and numbers: that of the browser; if it is of another language than the texts, only its clock. */
export const locale: string = wanted[0]?.split('-')[0] === language ? wanted[0] : `${language}-u-hc-${hourCycle}`
