/** A Markdown table; the formatter aligns it. */
export const markdownTable = (heads: string[], rows: (string | number)[][]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => String(cell).replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
