/**
 * The page with the text of each part between its marks, `<!-- NAME -->` and `<!-- /NAME -->`. Throws when the page
 * lacks the marks of a part, or has marks without a part.
 */
export function replaceParts(page: string, parts: Record<string, string>): string {
  const names = Array.from(page.matchAll(/^<!-- ([a-z-]+) -->$/gm), ([, name]) => String(name))
  const unknown = names.find(name => parts[name] === undefined)
  if (unknown !== undefined) throw new Error(`The page has marks for ${unknown}, which is not a part`)
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [start, end] = [text.indexOf(before), text.indexOf(after)]
    if (start < 0 || end < start) throw new Error(`The page lacks the marks ${before} and ${after}`)
    return `${text.slice(0, start + before.length)}\n\n${part}\n\n${text.slice(end)}`
  }, page)
}
