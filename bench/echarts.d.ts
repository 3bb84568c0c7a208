/** The part of echarts that the charts use, so that the compiler does not need the packages of the benchmark. */
declare module 'echarts' {
  export type SeriesOption = object

  export interface CustomSeriesOption {
    renderItem: (
      params: unknown,
      api: { value(dimension: number): number; coord(point: [number, number]): number[] }
    ) => object
  }

  export interface Chart {
    setOption(option: object): void
    renderToSVGString(): string
    dispose(): void
  }

  export function init(
    dom: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number }
  ): Chart
}
