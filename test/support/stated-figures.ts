/** A figure of the code: its name, its value in the unit of the pages, and the sentences of each page that state it. */
export type Figure = [name: string, value: number, sentences: Record<string, RegExp[]>]

const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const others: Record<string, number> = { a: 1, an: 1, twenty: 20, thirty: 30 }
const numberOf = (text: string) =>
  others[text] ?? (words.includes(text) ? words.indexOf(text) : Number(text.replaceAll(',', '')))

/** The sentences of a page that state another figure than the code, or that are no longer there. */
export function wrongFigures(page: string, content: string, all: Figure[]): string[] {
  const flat = content.replace(/\s+/g, ' ')
  return all.flatMap(([name, value, sentences]) =>
    (sentences[page] ?? []).flatMap(sentence => {
      const stated = Array.from(flat.matchAll(new RegExp(sentence, 'gi')))
      if (stated.length === 0) return [`${page} has no sentence ${sentence} for ${name}, which is ${value}`]
      return stated
        .filter(found => numberOf(String(found[1]).toLowerCase()) !== value)
        .map(([text]) => `${page} says "${text}", but ${name} is ${value}`)
    })
  )
}
