/** A Markdown table; the formatter aligns it. */
export const markdownTable = (heads: string[], rows: (string | number)[][]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')

/** The page with `table` between the two markers of `name`. */
export function withTable(page: string, name: string, table: string): string {
  const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(before), page.indexOf(after)]
  if (start < 0 || end < start) throw new Error(`A page lacks the markers ${before} and ${after}.`)
  return `${page.slice(0, start + before.length)}\n${table}\n${page.slice(end)}`
}
