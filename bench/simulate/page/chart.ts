/** One line of a panel: points with a name. */
export interface Series {
  name: string
  points: [number, number][]
  isDashed?: boolean
}

/** A panel of a chart: lines over one axis. */
export interface Panel {
  title: string
  x: { name: string; isLogarithmic?: boolean; min?: number; max?: number }
  y: { name: string; isLogarithmic?: boolean; min?: number; max?: number }
  series: Series[]
}

/** A chart: panels, one below the other. `title` is for screen readers. */
export interface Chart {
  title: string
  panels: Panel[]
}

/** A line through one point for each item. */
export const line = <T>(
  name: string,
  items: T[],
  x: (item: T) => number,
  y: (item: T) => number,
  isDashed = false
): Series => ({
  name,
  points: items.map(item => [x(item), y(item)]),
  isDashed
})
