import { type Floor, floorPairs, floors } from './architecture-floors.ts'

const [boxHeight, gap, head, between] = [28, 8, 30, 34]
const labelOf = (room: string) => (room === 'src/auth' ? 'src/auth/*.ts' : room.replace('src/auth/', ''))

interface Box {
  label: string
  x: number
  y: number
  width: number
}

/** The boxes of a floor in lines, from the corner of the floor on. */
function boxesOf({ rooms, left, right }: Floor): { boxes: Box[]; height: number } {
  const boxes: Box[] = []
  let [x, y] = [12, head]
  for (const room of rooms) {
    const label = labelOf(room)
    const width = Math.round(label.length * 7.2 + 20)
    if (x + width > right - left - 12) [x, y] = [12, y + boxHeight + gap]
    boxes.push({ label, x, y, width })
    x += width + gap
  }
  return { boxes, height: y + boxHeight + 12 }
}

const lastRow = Math.max(...floors.map(({ row }) => row))
const heights = Array.from({ length: lastRow + 1 }, (_, row) =>
  Math.max(...floors.filter(floor => floor.row === row).map(floor => boxesOf(floor).height))
)
const topOf = (row: number): number => heights.slice(0, row).reduce((sum, height) => sum + height + between, 20)

function frame(floor: Floor): string {
  const { left: x, right, row, title, note, look } = floor
  const y = topOf(row)
  const [titleText, noteText] = [`<tspan class="name">${title}</tspan>`, `<tspan class="small" dx="8">${note}</tspan>`]
  return [
    `<rect class="${look}" x="${x}" y="${y}" width="${right - x}" height="${heights[row]}" rx="8"/>`,
    `<text x="${x + 12}" y="${y + 20}">${titleText}${noteText}</text>`,
    ...boxesOf(floor).boxes.map(
      box =>
        `<rect class="room" x="${x + box.x}" y="${y + box.y}" width="${box.width}" height="${boxHeight}" rx="5"/>` +
        `<text x="${x + box.x + box.width / 2}" y="${y + box.y + 19}" text-anchor="middle">${box.label}</text>`
    )
  ].join('\n  ')
}

/** Straight down where the floors stand above each other, and otherwise around a corner. */
function arrow(from: Floor, to: Floor): string {
  const [y1, y2] = [topOf(from.row) + Number(heights[from.row]), topOf(to.row)]
  const [start, end] = [Math.max(from.left, to.left), Math.min(from.right, to.right)]
  const path =
    start < end ? `M${(start + end) / 2} ${y1}V${y2 - 2}` : `M${end - 30} ${y1}v${between / 2}H${start + 30}V${y2 - 2}`
  return `<path class="arrow" d="${path}"/>`
}

/** `docs/architecture.svg`: the rooms by floor, and which floors use which, of the imports at run time by file. */
export function renderArchitecture(imports: Map<string, string[]>): string {
  const drawn = floorPairs(imports)
  const said = drawn.map(([from, to]) => `${from.title} to ${to.title}`).join(', ')
  const held = floors.map(({ title, rooms }) => `${title}: ${rooms.map(labelOf).join(', ')}.`).join(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 ${topOf(lastRow + 1) - between + 20}" role="img" aria-labelledby="title description" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13">
  <title id="title">The rooms of Sallyport by floor; each uses only what is below it</title>
  <desc id="description">${held} Arrows: ${said}.</desc>
${style}
  ${[...floors.map(frame), ...drawn.map(([from, to]) => arrow(from, to))].join('\n  ')}
</svg>
`
}

const style = `  <style>
    text { fill: #1f2937 }
    .name { font-size: 14px; font-weight: 600 }
    .small { font-size: 12px; fill: #4b5563 }
    .box, .apart { fill: #f8fafc; stroke: #64748b }
    .apart { stroke-dasharray: 5 4 }
    .http { fill: #e0f2fe; stroke: #0369a1 }
    .rules { fill: #dcfce7; stroke: #15803d }
    .store { fill: #fef3c7; stroke: #b45309 }
    .room { fill: #ffffff; fill-opacity: 0.7; stroke: #94a3b8 }
    .arrow { fill: none; stroke: #334155; stroke-width: 1.5; marker-end: url(#head) }
    #head path { fill: #334155 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e5e7eb }
      .small { fill: #cbd5e1 }
      .box, .apart { fill: #1e293b; stroke: #94a3b8 }
      .http { fill: #0c4a6e; stroke: #38bdf8 }
      .rules { fill: #14532d; stroke: #4ade80 }
      .store { fill: #78350f; stroke: #fbbf24 }
      .room { fill: #0f172a; stroke: #64748b }
      .arrow { stroke: #cbd5e1 }
      #head path { fill: #cbd5e1 }
    }
  </style>
  <defs>
    <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">
      <path d="M0 0 10 5 0 10z"/>
    </marker>
  </defs>`
