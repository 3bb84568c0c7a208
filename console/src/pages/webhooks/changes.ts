interface Members {
  url: string
  events: string[]
  details: boolean
}

/** The members of a webhook from the values of a form, in which commas or spaces separate the events. */
export const membersOf = ({ url = '', events = '', details }: Record<string, string>): Members => ({
  url: url.trim(),
  events: events.split(/[\s,]+/).filter(Boolean),
  details: details === 'on'
})

/** The members in which `asked` differs from `webhook`. The others are not sent, so that no event names them. */
export const changesOf = ({ url, events, details }: Members, asked: Members): Partial<Members> => ({
  ...(asked.url !== url && { url: asked.url }),
  ...(asked.events.join() !== events.join() && { events: asked.events }),
  ...(asked.details !== details && { details: asked.details })
})

/** The host of a URL, by which people know a webhook. */
export const hostOf = ({ url }: Pick<Members, 'url'>) => new URL(url).host
